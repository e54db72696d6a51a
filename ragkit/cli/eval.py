"""``ragkit eval``: how good a pipeline is on questions whose answers are known, and why it failed where it did."""

from __future__ import annotations

import os
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
    OverlayOption,
    PipelineArgument,
    ProfileOption,
    ProjectOption,
    QuestionsOption,
    SetOption,
    ShuffleOption,
    SplitOption,
    VerboseOption,
    examples,
    parse_inputs,
)
from ragkit.cli.outputs import keep_apart
from ragkit.cli.run import open_pipeline, project_of
from ragkit.errors import EvaluationError, UsageError, did_you_mean

if TYPE_CHECKING:
    from ragkit.evaluate.progress import Progress

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(
    "eval",
    help="Measure a pipeline on questions whose answers are known: how good, how sure, and why where not.",
    epilog=examples(
        "ragkit eval pipelines/hybrid.yaml --data corpora/papers/questions.jsonl",
        "ragkit eval pipelines/hybrid.yaml --data questions.jsonl --kinds single,multi --limit 50 --seed 1",
        "ragkit eval pipelines/hybrid.yaml --data questions.jsonl --causes retrieval_miss",
        "ragkit eval pipelines/hybrid.yaml --data questions.jsonl --save before --rows rows.jsonl",
        'ragkit eval pipelines/hybrid.yaml --data questions.jsonl --fail-if "recall@10 < 0.9"',
        "",
        "It can be stopped at any time: the same command goes on where it was.",
        "Exit code 1 when a --fail-if holds; 3 when every question failed: some that failed are counted.",
    ),
)
def eval_(
    pipeline: PipelineArgument,
    data: QuestionsOption,
    limit: LimitOption = None,
    kinds: KindsOption = None,
    split: SplitOption = None,
    seed: ShuffleOption = None,
    overlay: OverlayOption = None,
    profile: ProfileOption = None,
    choices: SetOption = None,
    inputs: InputOption = None,
    single: Annotated[
        bool,
        typer.Option("--single", help="Ask one question after the other, without the cache, to measure their seconds."),
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Run every question again, also those that a stopped evaluation finished.")
    ] = False,
    no_cache: FreshRunsOption = False,
    no_build: NoBuildOption = False,
    judge: Annotated[
        str | None,
        typer.Option(
            "--judge",
            metavar="MODEL",
            help="Let an LM judge the answers: a DSPy model string, or the name of an LM of the pipeline.",
            show_default=False,
        ),
    ] = None,
    entailment: Annotated[
        Path | None,
        typer.Option(
            "--entailment",
            metavar="FOLDER",
            help="An NLI model that decides whether citations support what is said. Default: quotes, word for word.",
            show_default=False,
        ),
    ] = None,
    causes: Annotated[
        str | None,
        typer.Option(
            "--causes", metavar="CAUSE", help="List every question that failed of this cause.", show_default=False
        ),
    ] = None,
    fail_if: Annotated[
        list[str] | None,
        typer.Option(
            "--fail-if",
            metavar="CONDITION",
            help='Exit with 1 if a mean is so, as "recall@10 < 0.9"; low(…), high(…): an end of its interval; '
            "repeatable.",
            show_default=False,
        ),
    ] = None,
    rows: Annotated[
        Path | None,
        typer.Option("--rows", metavar="FILE", help="Write one JSON object a question.", show_default=False),
    ] = None,
    save: Annotated[
        str | None,
        typer.Option("--save", metavar="NAME", help="Keep the result under this name.", show_default=False),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a saved result of that name.")] = False,
    project: ProjectOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Evaluates a pipeline."""
    from ragkit.cli import report as shown
    from ragkit.cli.progress import ProgressBar
    from ragkit.evaluate.entailment import EntailmentModel
    from ragkit.evaluate.evaluation import evaluate
    from ragkit.evaluate.judge import Judge, judge_of
    from ragkit.evaluate.limits import broken, read_limits
    from ragkit.evaluate.questions import read_questions
    from ragkit.evaluate.results import Results
    from ragkit.evaluate.settings import Settings

    _check_options(causes, as_json, rows, save, force)
    keep_apart("--rows", rows, data, pipeline, overlay)
    limits = read_limits(fail_if or ())
    owner = project_of(pipeline, project)
    if save is not None:
        Results(owner.state).check(save, force)
    chosen = _kinds(kinds)
    questions = read_questions(data, limit=limit, kinds=chosen, split=split, seed=seed)
    cached = not (no_cache or single)
    with open_pipeline(pipeline, project, overlay, choices, no_build, cached, profile) as loaded:
        settings = Settings(
            single,
            parse_inputs(inputs, dict(loaded.plan.root.inputs)),
            None if entailment is None else EntailmentModel(entailment),
            None if judge is None else Judge(judge_of(loaded.plan, judge), loaded.responses),
        )
        bar = ProgressBar()
        last: list[Progress] = []

        def told(report: Progress) -> None:
            last[:] = [report]
            bar(report)

        try:
            done = evaluate(
                loaded, questions, project=owner, settings=settings, overlay=loaded.overlay, fresh=fresh, save=save,
                force=force, rows=rows, progress=told,
                selection={"limit": limit, "kinds": chosen, "split": split, "seed": seed},
            )  # fmt: skip
        except KeyboardInterrupt:
            bar.close()
            if last:
                console.say(f"{last[0].done:,} of {last[0].total:,} questions are kept; the same command goes on")
            raise
        finally:
            bar.close()
    for warning in done.report["warnings"]:
        console.warn(warning)
    if as_json:
        console.document(done.report)
    elif causes is not None:
        listed = shown.listing(done.rows, causes)
        if listed:
            console.result(listed)
        else:
            console.say(f"no question failed of {causes}")
    else:
        console.result(shown.report(done.report))
        console.say(f"\n{shown.next_line(done.report, save)}")
    if done.all_failed:
        first = done.rows[0]
        raise EvaluationError(
            f"every question failed; the first: {first['error']['message']}",
            place=first["error"]["place"],
            hint=f"ragkit trace show {first['trace_id'][:8]}",
        )
    failed = broken(limits, done.report["metrics"])
    if failed:
        console.say(f"failed: {'; '.join(failed)}")
        raise typer.Exit(1)


def _kinds(given: str | None) -> tuple[str, ...] | None:
    """``single,multi`` as its parts."""
    if given is None:
        return None
    named = tuple(part.strip() for part in given.split(",") if part.strip())
    if not named:
        raise UsageError("--kinds names no kind", hint="--kinds single,multi")
    return named


def _check_options(causes: str | None, as_json: bool, rows: Path | None, save: str | None, force: bool) -> None:
    """Refuses what cannot be, before anything is loaded."""
    from ragkit.evaluate.attribution import CAUSES
    from ragkit.evaluate.report import ERROR

    if causes is not None and causes not in (*CAUSES, ERROR):
        raise UsageError(
            f"unknown cause {causes!r}{did_you_mean(causes, (*CAUSES, ERROR))}",
            hint=f"allowed: {', '.join((*CAUSES, ERROR))}",
        )
    if causes is not None and as_json:
        raise UsageError("--causes and --json exclude each other; the document lists every cause under 'failed'")
    if force and save is None:
        raise UsageError("--force goes with --save")
    if rows is not None and (rows.is_dir() or not rows.absolute().parent.is_dir()):
        what = "is a folder" if rows.is_dir() else f"lies in {str(rows.parent)!r}, which is not a folder"
        raise UsageError(f"--rows {str(rows)!r} {what}")
    if rows is not None and not os.access(rows.absolute().parent, os.W_OK):
        raise UsageError(f"--rows {str(rows)!r} cannot be written: {str(rows.absolute().parent)!r} lets nobody write")
