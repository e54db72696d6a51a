"""``ragkit compare``: pipelines, saved results or rows held against a baseline, on the same questions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragkit.cli import console
from ragkit.cli.options import (
    FreshRunsOption,
    InputOption,
    JsonOption,
    KindsOption,
    LimitOption,
    NoBuildOption,
    ProjectOption,
    ShuffleOption,
    SplitOption,
    VerboseOption,
    examples,
)
from ragkit.cli.outputs import keep_apart, write
from ragkit.errors import UsageError
from ragkit.project import Project

if TYPE_CHECKING:
    from ragkit.evaluate.compare.comparison import Comparison
    from ragkit.evaluate.compare.gate import Judged

app = typer.Typer(rich_markup_mode=None, add_completion=False)
MOST = 26
"""Sides are called by a letter."""
STDOUT = Path("-")


@app.command(
    help="Compare pipelines, saved results or rows with the first of them, on the same questions.",
    epilog=examples(
        "ragkit compare before after                                      two saved results",
        "ragkit compare pipelines/hybrid.yaml pipelines/adaptive-k.yaml --data questions.jsonl",
        "ragkit compare k.yaml k.yaml@tuned.overlay.yaml --data questions.jsonl",
        "ragkit compare k.yaml wide=k.yaml@evidence.buffer=10 --data questions.jsonl --html report.html",
        'ragkit compare before after --fail-if "recall@10 < -0.02" --fail-if "high(correct) < 0"',
        "",
        "A side is a pipeline file, perhaps with @OVERLAY and @STEP.PARAM=VALUE behind it, a saved result by its",
        "name or folder, or a file of rows; LABEL= before it names it. Exit code 1 when a --fail-if holds, 2 when",
        "one cannot be judged.",
    ),
)
def compare(
    context: typer.Context,
    sides: Annotated[
        list[str],
        typer.Argument(
            metavar="BASELINE OTHER…", help="What to compare; the first is the baseline.", show_default=False
        ),
    ],
    data: Annotated[
        Path | None,
        typer.Option(
            "--data", "-d", metavar="FILE", help="Questions: needed where a pipeline is run.", show_default=False
        ),
    ] = None,
    limit: LimitOption = None,
    kinds: KindsOption = None,
    split: SplitOption = None,
    seed: ShuffleOption = None,
    inputs: InputOption = None,
    single: Annotated[
        bool,
        typer.Option("--single", help="Ask one question after the other, without the cache, to compare seconds."),
    ] = False,
    no_cache: FreshRunsOption = False,
    no_build: NoBuildOption = False,
    metric: Annotated[
        list[str] | None,
        typer.Option("--metric", "-m", metavar="NAME", help="Show this metric; repeatable.", show_default=False),
    ] = None,
    fail_if: Annotated[
        list[str] | None,
        typer.Option(
            "--fail-if",
            metavar="CONDITION",
            help='Exit with 1 if a difference is so, as "recall@10 < -0.02"; '
            "low(…), high(…): the ends of its interval; repeatable.",
            show_default=False,
        ),
    ] = None,
    flips: Annotated[int, typer.Option("--flips", min=0, help="The most flipped questions to list.")] = 10,
    markdown: Annotated[
        Path | None,
        typer.Option("--markdown", metavar="FILE", help="Write Markdown; - for stdout.", show_default=False),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write a page with plots, in one file.", show_default=False),
    ] = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Compares sides."""
    from ragkit.cli.sides import Running, read_sides
    from ragkit.evaluate.compare import compare as compare_sides
    from ragkit.evaluate.compare.gate import Gate, judge
    from ragkit.evaluate.compare.measures import check_names
    from ragkit.evaluate.compare.target import read_target
    from ragkit.evaluate.questions import read_questions
    from ragkit.evaluate.results import REPORT, ROWS, Results

    _check_options(sides, as_json, markdown, html)
    asked = check_names(metric or ())
    gates = [Gate.parse(text) for text in fail_if or ()]
    saved = Results(Project.around(Path.cwd(), project).state)
    targets = [read_target(text, saved.names()) for text in sides]
    read = [file for target in targets for file in (target.name, target.overlay)]
    read += [
        saved.folder / target.name / file for target in targets if target.kind == "result" for file in (REPORT, ROWS)
    ]
    for option, path in (("--markdown", markdown), ("--html", html)):
        keep_apart(option, path, data, *read)
    chosen = None if kinds is None else tuple(part.strip() for part in kinds.split(",") if part.strip())
    if chosen == ():
        raise UsageError("--kinds names no kind", hint="--kinds single,multi")
    selection = {"limit": limit, "kinds": chosen, "split": split, "seed": seed}
    source = context.get_parameter_source("seed")
    seeded = source is not None and source.name == "COMMANDLINE"  # RAGKIT_SEED is meant for other verbs too
    if data is None and (limit is not None or chosen is not None or split is not None or seeded):
        raise UsageError("--limit, --kinds, --split and --seed choose questions of a file: they go with --data")
    if (single or no_cache or inputs) and all(target.kind != "pipeline" for target in targets):
        raise UsageError("--single, --no-cache and --input say how a pipeline is run: no side is one")
    questions = None if data is None else read_questions(data, limit=limit, kinds=chosen, split=split, seed=seed)
    running = Running(project, no_build, not (no_cache or single), single, inputs, selection)
    wanted = None if questions is None else [question.id for question in questions]
    comparison = compare_sides(read_sides(targets, saved, questions, running), wanted=wanted)
    for name in asked:
        if name not in comparison.measures:
            console.warn(f"{name} is not known for any question of any side")
    judged = list(judge(gates, comparison))
    _write(comparison, asked, judged, flips, as_json, markdown, html)
    _conclude(judged)


def _check_options(sides: Sequence[str], as_json: bool, markdown: Path | None, html: Path | None) -> None:
    """Refuses what cannot be, before anything is loaded or run."""
    if len(sides) < 2:
        raise UsageError("a comparison needs two sides or more", hint="ragkit compare BASELINE OTHER")
    if len(sides) > MOST:
        raise UsageError(f"{len(sides)} sides are too many: {MOST} at most")
    if as_json and markdown == STDOUT:
        raise UsageError("--json and --markdown - exclude each other: stdout is one document")
    if html == STDOUT:
        raise UsageError("--html takes a file")
    if html is not None and markdown is not None and html.resolve() == markdown.resolve():
        raise UsageError(f"--markdown and --html both write {str(html)!r}", hint="name two files")
    if html is not None:
        from ragkit.evaluate.compare.page import require

        require()
    for option, path in (("--markdown", markdown), ("--html", html)):
        if path is not None and path != STDOUT and (path.is_dir() or not path.absolute().parent.is_dir()):
            what = "is a folder" if path.is_dir() else f"lies in {str(path.parent)!r}, which is not a folder"
            raise UsageError(f"{option} {str(path)!r} {what}")


def _write(
    comparison: Comparison, asked: Sequence[str], judged: Sequence[Judged], flips: int, as_json: bool,
    markdown: Path | None, html: Path | None,
) -> None:  # fmt: skip
    if markdown is not None:
        from ragkit.evaluate.compare.markdown import markdown as written

        text = written(comparison, asked, judged)
        if markdown == STDOUT:
            console.result(text.rstrip())
        else:
            write("--markdown", markdown, text)
            console.say(f"Markdown: {markdown}")
    if html is not None:
        from ragkit.evaluate.compare.page import page

        write("--html", html, page(comparison, asked, judged))
        console.say(f"page: {html}")
    if as_json:
        console.document({**comparison.document, "gates": [one.document for one in judged]})
    elif markdown != STDOUT:
        from ragkit.cli.comparison import comparison_text, judged_text

        console.result(comparison_text(comparison, asked, flips))
        if judged:
            console.result("\n" + judged_text(judged))
        console.say(_next(comparison, html))


def _next(comparison: Comparison, html: Path | None) -> str:
    """What to do next, in a line."""
    steps = []
    traces = [flip.traces for side in comparison.others for flip in comparison.flips[side.label] if all(flip.traces)]
    if traces:
        steps.append("why one turned: ragkit trace diff " + " ".join(str(trace)[:8] for trace in traces[0]))
    if html is None:
        steps.append("every question with both answers: --html FILE")
    return console.clean("\n" + " · ".join(steps)) if steps else ""


def _conclude(judged: Sequence[Judged]) -> None:
    """Turns what ``--fail-if`` came to into the exit code.

    Raises:
        UsageError: A condition cannot be judged.
    """
    unknown = [one for one in judged if one.failed is None]
    if unknown:
        told = "; ".join(f"{one.gate} ({one.label})" for one in unknown)
        raise UsageError(
            f"--fail-if cannot be judged, for the difference is not known: {told}",
            hint="a metric that is null on either side has no difference; seconds need --single",
        )
    failed = [one for one in judged if one.failed]
    if failed:
        console.say(f"failed: {'; '.join(f'{one.gate} ({one.label})' for one in failed)}")
        raise typer.Exit(1)
