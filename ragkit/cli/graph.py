"""``ragkit graph``: a pipeline as a drawing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

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
from ragkit.project import Project

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
    from ragkit.components.catalogue import Catalogue
    from ragkit.spec.describe import describe
    from ragkit.spec.graph import render
    from ragkit.spec.load import load

    keep_apart("--output", output, pipeline, overlay)
    corpora = Project.around(pipeline, project).corpora
    plan = load(pipeline, catalogue=Catalogue(), choices=parse_choices(choices), overlay=overlay, corpora=corpora)
    drawing = render(describe(plan), form)
    if output is None:
        console.result(drawing)
        return
    write("--output", output, drawing + "\n")
    console.say(f"wrote {output}")
