"""One training from a pipeline and a file of questions to a trained file: what the verbs of ``ragkit train`` share."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ragkit.engine.scope import Corpora
from ragkit.errors import TrainedFileError, UsageError
from ragkit.evaluate.card import corpora_card, machine, shown_path
from ragkit.evaluate.progress import Progress
from ragkit.evaluate.questions import Question, QuestionSet
from ragkit.evaluate.seen import digests_of
from ragkit.train.examples import Example, Lesson, Upstream, gather
from ragkit.trained import Trained, versions


@dataclass(frozen=True, slots=True)
class Fitted:
    """What a training gave: the component's state, and a report of how good it is on what it had not seen."""

    state: Mapping[str, Any]
    report: Mapping[str, Any]


Fitting = Callable[[Sequence[Example], Lesson, Upstream], Fitted]
"""From examples, what is trained, and the pipeline up to the step, to a state and a report."""


@dataclass(frozen=True, slots=True)
class Training:
    """A training that is done.

    Attributes:
        path: The trained file.
        report: How good it is, in plain data.
        conditions: On what it was trained.
    """

    path: Path
    report: Mapping[str, Any]
    conditions: Mapping[str, Any]

    @property
    def document(self) -> dict[str, Any]:
        """What ``--json`` prints."""
        return {"file": str(self.path), "report": dict(self.report), "conditions": dict(self.conditions)}


def train(
    lesson: Lesson,
    questions: QuestionSet,
    fitting: Fitting,
    *,
    out: Path | None = None,
    force: bool = False,
    build: bool = True,
    added: Iterable[Question] = (),
    tell: Callable[[str], None] = lambda text: None,
    progress: Any = None,
) -> Training:
    """Runs the questions up to the step, fits it, and writes the trained file.

    Args:
        lesson: What is trained.
        questions: On what.
        fitting: From examples to a state and a report.
        out: Where to; by default where the pipeline names it.
        force: Replace a file that is there.
        build: False makes a missing or stale index an error.
        added: What the fitting learns from besides; the file keeps short digests of all, so that an evaluation can tell
            what the step has seen.
        tell: Is told in sentences what is being done.
        progress: Is told how far an index build is, and how many questions have run.

    Raises:
        UsageError: The file is there and ``force`` is not given, or there is nothing to learn from.
        TrainedFileError: The file cannot be written; where that can be known before, nothing is run.
    """
    path = lesson.target if out is None else out
    _check_target(path, force)
    with lesson.running(tell, build=build, progress=progress) as pipeline:
        examples = gather(pipeline.pipeline, lesson.step.path, questions.questions, progress)
        reached = f"{len(examples)} of {len(questions)} questions reached the step {lesson.step.path!r}; fitting it"
        if progress is None:
            tell(reached)
        else:
            progress(Progress(0, 0, stage="fitting", message=reached))
        fitted = fitting(examples, lesson, pipeline)
        conditions = _conditions(lesson, questions, pipeline.pipeline.plan.hash)
    report = dict(fitted.report)
    learned = digests_of(question.question for question in (*(example.question for example in examples), *added))
    told = {**conditions, "report": report}
    Trained(lesson.step.use, fitted.state, told, versions("numpy", "scikit-learn"), learned).write(path)
    return Training(path, report, conditions)


def _check_target(path: Path, force: bool) -> None:
    """Refuses before the work what could not be written behind it."""
    if path.is_dir():
        raise UsageError(f"{str(path)!r} is a folder, not a trained file", hint="--out FILE.json")
    if path.exists() and not force:
        raise UsageError(
            f"the trained file {str(path)!r} is there already", hint="--force replaces it, --out writes another"
        )
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise TrainedFileError(f"the trained file {str(path)!r} cannot be written: {error.strerror}") from error


def _conditions(lesson: Lesson, questions: QuestionSet, upstream: str) -> dict[str, Any]:
    project = lesson.project
    card = corpora_card(lesson.plan, Corpora(project.corpora, project.state))
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "pipeline": {"name": lesson.plan.name, "step": lesson.step.path, "upstream_hash": upstream},
        "data": {"file": shown_path(questions.path, project.root), "sha256": questions.sha256, "asked": len(questions),
                 "of": questions.total},
        "corpus_version": card["corpus_version"],
        "models": card["models"],
        "machine": machine(),
    }  # fmt: skip
