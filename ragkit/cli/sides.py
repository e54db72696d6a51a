"""The sides of ``ragkit compare``: saved results and rows are read, pipelines are run."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragkit.cli import console
from ragkit.cli.options import parse_inputs
from ragkit.cli.run import open_pipeline, project_of
from ragkit.errors import EvaluationError, UsageError
from ragkit.evaluate.compare.reading import read_outcomes, restrict, side_of_result, side_of_rows
from ragkit.evaluate.compare.side import Side
from ragkit.evaluate.compare.target import Target, labelled

if TYPE_CHECKING:
    from ragkit.engine import Pipeline
    from ragkit.evaluate.questions import QuestionSet
    from ragkit.evaluate.results import Results


@dataclass(frozen=True, slots=True)
class Running:
    """How pipelines are run. ``selection`` says how the questions were chosen of their file, for the card."""

    project: Path | None
    no_build: bool
    cache: bool
    single: bool
    inputs: list[str] | None
    selection: Mapping[str, Any]


def read_sides(
    targets: Sequence[Target], saved: Results, questions: QuestionSet | None, running: Running
) -> list[Side]:
    """Every side, in order; of those that are not run, only the questions that are asked for.

    All pipelines are checked, and all results read, before the first question is run.

    Raises:
        UsageError: A file or a result cannot be read, or is of other questions than those asked for.
        SpecError: A pipeline file has errors.
        EvaluationError: Every question of a pipeline failed.
    """
    with ExitStack() as stack:
        pipelines: dict[int, Pipeline] = {}
        for index, target in enumerate(targets):
            if target.kind == "pipeline":
                loaded = open_pipeline(
                    Path(target.name), running.project, target.overlay, list(target.choices), running.no_build,
                    running.cache,
                )  # fmt: skip
                pipelines[index] = stack.enter_context(loaded)
        labels = labelled(targets, [_name(target, pipelines.get(index)) for index, target in enumerate(targets)])
        sides: dict[int, Side] = {}
        for index, (target, label) in enumerate(zip(targets, labels, strict=True)):
            if target.kind == "rows":
                sides[index] = side_of_rows(Path(target.name), label, target.source)
            elif target.kind == "result":
                sides[index] = side_of_result(saved.load(target.name), label, target.source)
            if index in sides and questions is not None:
                sides[index] = restrict(sides[index], questions)
        for index, pipeline in pipelines.items():
            if questions is None:
                raise UsageError(
                    f"{targets[index].source!r} is a pipeline: its questions are missing",
                    hint="--data FILE names them; without it, compare saved results",
                )
            sides[index] = _run(pipeline, targets[index], labels[index], questions, running)
    return [sides[index] for index in range(len(targets))]


def _name(target: Target, pipeline: Pipeline | None) -> str:
    return pipeline.plan.name if pipeline is not None else Path(target.name).name.removesuffix(".jsonl")


def _run(pipeline: Pipeline, target: Target, label: str, questions: QuestionSet, running: Running) -> Side:
    from ragkit.cli.progress import ProgressBar
    from ragkit.evaluate.evaluation import evaluate
    from ragkit.evaluate.settings import Settings

    console.say(f"{label}: {console.count(len(questions), 'question')}")
    bar = ProgressBar()
    with tempfile.TemporaryDirectory(prefix="ragkit-compare-") as folder:
        rows = Path(folder) / "rows.jsonl"
        try:
            done = evaluate(
                pipeline, questions, project=project_of(Path(target.name), running.project),
                settings=Settings(running.single, parse_inputs(running.inputs, dict(pipeline.plan.root.inputs))),
                overlay=target.overlay, selection=running.selection, rows=rows, progress=bar,
            )  # fmt: skip
        finally:
            bar.close()
        if done.all_failed:
            error = done.rows[0]["error"]
            raise EvaluationError(
                f"every question of {label!r} failed; the first: {error['message']}",
                place=error["place"],
                hint=f"ragkit trace show {done.rows[0]['trace_id'][:8]}",
            )
        outcomes = read_outcomes(rows)
    for warning in done.report["warnings"]:
        console.warn(f"{label}: {warning}")
    return Side(label, target.source, outcomes, done.report["conditions"])
