"""An evaluation from beginning to end: each portion of questions is scored and on disk before the next one runs."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ragkit.engine import Pipeline
from ragkit.engine.scope import Corpora
from ragkit.errors import UsageError, did_you_mean
from ragkit.evaluate.card import card_of, file_card
from ragkit.evaluate.journal import Journal
from ragkit.evaluate.known import KnownDocuments
from ragkit.evaluate.progress import Progress
from ragkit.evaluate.question import Question
from ragkit.evaluate.questions import QuestionSet
from ragkit.evaluate.report import report_of
from ragkit.evaluate.results import LAST, Results
from ragkit.evaluate.row import Row
from ragkit.evaluate.runner import Runner
from ragkit.evaluate.seen import seen_by
from ragkit.evaluate.settings import Settings
from ragkit.project import Project
from ragkit.spec.plan import Plan
from ragkit.spec.written.constraint import Constraint


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What an evaluation gave. ``rows`` are slim (``ragkit.evaluate.row.slim``), in the order of the questions."""

    report: Mapping[str, Any]
    rows: Sequence[Row]

    @property
    def all_failed(self) -> bool:
        """True when no question could be run to its end."""
        return bool(self.rows) and all(row["error"] is not None for row in self.rows)


def evaluate(
    pipeline: Pipeline,
    questions: QuestionSet,
    *,
    project: Project,
    settings: Settings | None = None,
    overlay: Path | None = None,
    selection: Mapping[str, Any] | None = None,
    fresh: bool = False,
    save: str | None = None,
    force: bool = False,
    rows: Path | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Evaluated:
    """Runs the questions, measures, and saves the result as ``last`` and perhaps under a name.

    What an earlier run of this very evaluation had finished when it was stopped is not run again; questions whose run
    failed are.

    Args:
        pipeline: The pipeline, as ``Pipeline.load`` gives it for this project.
        questions: The questions.
        project: Where the corpora and the results are.
        settings: How it runs.
        overlay: The overlay file that was laid over the pipeline, for the card.
        selection: How the questions were chosen of their file (limit, kinds, seed), for the card.
        fresh: Run every question, also those that a stopped evaluation had finished.
        save: A name to save the result under.
        force: Replace a saved result of that name.
        rows: A file to write every row to.
        progress: Is told how far it is.

    Raises:
        UsageError: The name is taken or is no name; a question brings an input that the pipeline does not declare.
        EvaluationError: Another process runs this very evaluation.
    """
    settings = settings or Settings()
    tell = progress or (lambda report: None)
    results = Results(project.state)
    if save is not None:
        results.check(save, force)
    _check_inputs(pipeline, questions)
    corpora = Corpora(project.corpora, project.state)
    card = card_of(pipeline, questions, project.root, settings, corpora)
    card["overlay"] = file_card(overlay, project.root)
    card["profile"] = pipeline.plan.profile
    card["data"] |= selection or {}
    card["seed"] = card["data"].get("seed")
    readers = [corpora.open(name).reader() for name in pipeline.plan.corpora]
    known = KnownDocuments(readers) if readers else None
    with Journal(results.folder, _asked(card, questions), fresh) as journal:
        began, started = datetime.now(UTC), time.perf_counter()
        resumed = _run(Runner(pipeline, settings, known), questions.questions, journal, tell)
        ids = [question.id for question in questions.questions]
        card |= {
            "started": began.isoformat(timespec="seconds"),
            "seconds": round(time.perf_counter() - started, 3),
            "resumed": resumed,
        }
        done = [journal.rows[id] for id in ids]
        report = report_of(done, card, slo=_levels(pipeline.plan), seen=seen_by(pipeline.plan))
        if rows is not None:
            _write(rows, journal.lines(ids))
        for name in filter(None, (save, LAST)):
            results.save(name, report, journal.lines(ids), force)
        journal.discard()
    return Evaluated(report, done)


def _levels(plan: Plan) -> Mapping[str, Sequence[Constraint]]:
    """The levels of the profile that runs; those of every profile where none does."""
    return plan.slo if plan.profile is None else {plan.profile: plan.slo[plan.profile]}


def _run(runner: Runner, questions: Sequence[Question], journal: Journal, tell: Callable[[Progress], None]) -> int:
    """Runs what the journal does not have yet; gives the number of questions that it had."""
    left = [q for q in questions if q.id not in journal.rows or journal.rows[q.id]["error"] is not None]
    had, total = len(questions) - len(left), len(questions)
    if had:
        tell(Progress(had, total, message=f"going on: {had:,} of {total:,} questions were finished before the stop"))
    began = time.perf_counter()
    for start in range(0, len(left), runner.portion):
        tell(_progress(had, start, total, time.perf_counter() - began))
        journal.add(runner.rows(left[start : start + runner.portion]))
    tell(_progress(had, len(left), total, time.perf_counter() - began))
    return had


def _progress(had: int, done: int, total: int, took: float) -> Progress:
    if not done:
        return Progress(had, total)
    return Progress(had + done, total, done / took, took / done * (total - had - done))


def _check_inputs(pipeline: Pipeline, questions: QuestionSet) -> None:
    declared = [name for name, _ in pipeline.plan.root.inputs if name not in ("question", "history")]
    for question in questions.questions:
        for name in question.inputs:
            if name not in declared:
                raise UsageError(
                    f"the question {question.id!r} brings the input {name!r}, which the pipeline does not declare"
                    f"{did_you_mean(name, declared)}",
                    place=str(questions.path),
                )


def _asked(card: Mapping[str, Any], questions: QuestionSet) -> dict[str, Any]:
    """What tells one evaluation from another: equal things give equal rows."""
    names = ("overlay", "inputs", "corpus_version", "models", "mode", "cache", "citations", "judge")
    return {
        "pipeline": card["pipeline"]["hash"],
        "ragkit": card["versions"]["ragkit"],
        "data": questions.sha256,
        "questions": [question.id for question in questions.questions],
        **{name: card[name] for name in names},
    }


def _write(path: Path, lines: Iterable[bytes]) -> None:
    """Replaces a file by these lines, in one step: a reader never sees a part."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with temporary.open("wb") as file:
            file.writelines(lines)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
