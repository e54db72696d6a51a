"""``ragkit graph``: a pipeline as a drawing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ragkit.cli import console
from ragkit.cli.options import (
    OverlayOption,
    PipelineArgument,
    ProjectOption,
    SetOption,
    VerboseOption,
    examples,
    parse_choices,
)
from ragkit.cli.outputs import keep_apart, write
from ragkit.errors import SpecError
from ragkit.project import Project

if TYPE_CHECKING:
    from ragkit.spec.plan import Plan

NOT_SET = "none/set"
"""What stands for the LM in the drawing of a pipeline that needs one, where none is set."""

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(
    help="Draw a pipeline: as text, Mermaid, DOT or SVG.",
    epilog=examples(
        "ragkit graph pipelines/looping.yaml",
        "ragkit graph pipelines/looping.yaml --format mermaid",
        "ragkit graph pipelines/looping.yaml --format svg -o looping.svg",
    ),
)
def graph(
    pipeline: PipelineArgument,
    form: Annotated[
        Literal["text", "mermaid", "dot", "svg", "json"], typer.Option("--format", "-f", help="How to draw it.")
    ] = "text",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to this file instead of stdout.")
    ] = None,
    overlay: OverlayOption = None,
    choices: SetOption = None,
    project: ProjectOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Draws a pipeline."""
    from ragkit.spec.describe import describe
    from ragkit.spec.graph import render

    keep_apart("--output", output, pipeline, overlay)
    corpora = Project.around(pipeline, project).corpora
    drawing = render(describe(_plan(pipeline, overlay, choices, corpora)), form)
    if output is None:
        console.result(drawing)
        return
    write("--output", output, drawing + "\n")
    console.say(f"wrote {output}")


def _plan(pipeline: Path, overlay: Path | None, choices: list[str] | None, corpora: Path) -> Plan:
    """The plan to draw: of a pipeline that lacks an LM only, what it is once one is set."""
    from ragkit.components.catalogue import Catalogue
    from ragkit.spec.checking.needs import NO_LM
    from ragkit.spec.load import load
    from ragkit.spec.written.lms import ENVIRONMENT

    chosen, catalogue = parse_choices(choices), Catalogue()
    try:
        return load(pipeline, catalogue=catalogue, choices=chosen, overlay=overlay, corpora=corpora)
    except SpecError as error:
        if any(finding.code != NO_LM for finding in error.diagnostics):
            raise
        steps = ", ".join(dict.fromkeys(finding.where for finding in error.diagnostics))
    env = {**os.environ, ENVIRONMENT: NOT_SET}
    plan = load(pipeline, catalogue=catalogue, env=env, choices=chosen, overlay=overlay, corpora=corpora)
    console.say(f"note: drawn as it is with an LM, which is not set; without one it does not run: {steps}")
    return plan
