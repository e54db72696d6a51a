"""``ragkit run``: one question, one answer, its sources and why."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragkit.cli import console
from ragkit.cli.live import LiveAnswer
from ragkit.cli.options import (
    CacheOption,
    InputOption,
    JsonOption,
    NoBuildOption,
    OverlayOption,
    PipelineArgument,
    ProfileOption,
    ProjectOption,
    SetOption,
    StreamOption,
    VerboseOption,
    examples,
    parse_choices,
    parse_inputs,
)
from ragkit.errors import UsageError
from ragkit.project import Project

if TYPE_CHECKING:
    from ragkit.engine import Pipeline

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(
    help="Ask a pipeline one question.",
    epilog=examples(
        'ragkit run pipelines/adaptive-k.yaml "How does Adaptive-k choose how many passages to retrieve?"',
        'ragkit run pipelines/naive.yaml "What is RAG?" --json | jq -r .answer',
        'ragkit run pipelines/adaptive-k.yaml "What is RAG?" --set evidence.buffer=2 --trace',
        "echo 'What is RAG?' | ragkit run pipelines/naive.yaml -",
        "",
        "Exit code 3 when a step failed; the trace is kept either way.",
    ),
)
def run(
    pipeline: PipelineArgument,
    question: Annotated[
        str, typer.Argument(metavar="QUESTION", help="The question, or - to read it from stdin.", show_default=False)
    ],
    overlay: OverlayOption = None,
    profile: ProfileOption = None,
    choices: SetOption = None,
    inputs: InputOption = None,
    no_build: NoBuildOption = False,
    cache: CacheOption = False,
    stream: StreamOption = None,
    trace: Annotated[bool, typer.Option("--trace", help="Print what every step did and why, on stderr.")] = False,
    project: ProjectOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Asks one question."""
    asked = read_question(question)
    with open_pipeline(pipeline, project, overlay, choices, no_build, cache, profile) as loaded:
        live = live_answer(False if as_json else stream)
        result = loaded.run(asked, inputs=parse_inputs(inputs, dict(loaded.plan.root.inputs)), on_text=live)
        if live is not None:
            live.end_line()
        if trace:
            from ragkit.trace.story import story

            console.say(story(result.trace, width=console.width(), color=console.is_coloured(sys.stderr)))
            console.say()
        if as_json:
            console.document(result.document)
        elif result.error is None:
            from ragkit.cli.answer import text

            shown = text(result) if live is None else live.rest(result)
            if shown:
                console.result(shown)
            for warning in result.warnings:
                console.warn(warning)
    if result.error is not None:
        raise result.error
    if not as_json and not trace:
        took = console.seconds(result.seconds)
        console.say(f"\n{took} · every step and its reason: ragkit trace show {result.trace_id[:8]}")


def live_answer(stream: bool | None) -> LiveAnswer | None:
    """What shows an answer while it comes; None where it is not to be shown so."""
    wanted = console.is_terminal(sys.stdout) if stream is None else stream
    return LiveAnswer() if wanted else None


def open_pipeline(
    pipeline: Path,
    project: Path | None,
    overlay: Path | None,
    choices: list[str] | None,
    no_build: bool,
    cache: bool,
    profile: str | None = None,
) -> Pipeline:
    """Loads a pipeline of a project; says on stderr when an index has to be built, and how that goes."""
    from ragkit.cli.progress import ProgressBar
    from ragkit.engine import Pipeline

    bar = ProgressBar()
    try:
        return Pipeline.load(
            pipeline,
            project=project_of(pipeline, project),
            choices=parse_choices(choices),
            overlay=overlay,
            profile=profile,
            build=not no_build,
            cache=cache,
            tell=console.say,
            progress=bar,
        )
    finally:
        bar.close()


def project_of(pipeline: Path, project: Path | None) -> Project:
    """The project that a pipeline runs in.

    Raises:
        UsageError: There is none around the file and none around the current folder.
    """
    owner = Project.around(pipeline, project)
    # That a file is not there is told by whoever reads it; that there is no project around it would mislead.
    return owner if owner.declared or not pipeline.exists() else Project.find(pipeline, project)


def read_question(given: str) -> str:
    """The question as typed, or what stdin holds where it is ``-``.

    Raises:
        UsageError: It is empty or is not text.
    """
    source = "stdin" if given == "-" else "the question"
    try:
        # An argument comes as the bytes that were typed, read by the locale; questions are UTF-8 in every locale.
        text = (sys.stdin.buffer.read() if given == "-" else os.fsencode(given)).decode("utf-8-sig")
    except UnicodeError as error:
        raise UsageError(f"{source} is not valid UTF-8 text") from error
    text = text.strip()
    if not text:
        raise UsageError(f"{source} is empty", hint='ragkit run PIPELINE "your question"')
    return text
