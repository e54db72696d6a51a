"""What every way that a trained step can go makes of each question: whether it is right, and what it spends."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ragkit.component import Need
from ragkit.engine import Pipeline
from ragkit.engine.cache import StepCache
from ragkit.engine.scope import Corpora
from ragkit.errors import StepError, UsageError
from ragkit.evaluate.progress import Progress
from ragkit.evaluate.questions import Question
from ragkit.evaluate.row import unavailable
from ragkit.evaluate.scoring import score
from ragkit.lm.cache import ResponseCache
from ragkit.spec.plan import Plan
from ragkit.train.examples import Lesson


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What became of the questions each way.

    Attributes:
        questions: The questions.
        metrics: For each label the metrics of every question, in their order.
    """

    questions: Sequence[Question]
    metrics: Mapping[str, Sequence[Mapping[str, float | None]]]

    def right(self, label: str) -> list[bool | None]:
        """Whether this way was right on each question; None where the data cannot tell."""
        found = (metrics.get("correct") for metrics in self.metrics[label])
        return [None if value is None else value == 1.0 for value in found]


def run_branches(
    lesson: Lesson,
    labels: Sequence[str],
    questions: Sequence[Question],
    progress: Callable[[Progress], None] | None = None,
) -> Outcomes:
    """Runs the whole pipeline once for each label.

    Args:
        lesson: The pipeline and its router, which takes its ``otherwise`` before it is trained.
        labels: The labels.
        questions: Questions whose answers or documents are known.
        progress: Is told which branch runs, and how many questions have run through it.

    Raises:
        UsageError: The router stands inside a flow.
    """
    return run_ways(lesson, {label: {"otherwise": label} for label in labels}, questions, progress)


def run_ways(
    lesson: Lesson,
    ways: Mapping[str, Mapping[str, Any]],
    questions: Sequence[Question],
    progress: Callable[[Progress], None] | None = None,
) -> Outcomes:
    """Runs the whole pipeline once for each way; what an LM was asked before is read from the cache, and counts.

    Args:
        lesson: The pipeline and its step.
        ways: For each label the parameters by which the step, not trained, goes that way for every question.
        questions: Questions whose answers or documents are known.
        progress: Is told which branch runs, and how many questions have run through it.

    Raises:
        UsageError: The step stands inside a flow.
        StepError: Every question failed one way, or an LM answered nobody: neither says which way is right.
    """
    asked = [{"question": q.question, "history": q.history, "inputs": q.inputs} for q in questions]
    state = lesson.project.state
    found = {}
    for label, params in ways.items():
        plan = _always(lesson, params)
        told = _Counted(progress, label, len(asked))
        pipeline = Pipeline(
            plan,
            corpora=Corpora(lesson.project.corpora, state),
            cache=StepCache(state / "cache.db"),
            responses=ResponseCache(state / "responses.db"),
        )
        try:
            results = pipeline.run_batch(asked, on_result=told)
        finally:
            pipeline.close()
        lost = next((result.error for result in results if unavailable(result)), None)
        if lost is not None:
            raise lost
        told.failures([result.error for result in results if result.error is not None])
        lm = Need.LM in plan.needs
        found[label] = [
            score(question, result, lm=lm).metrics for question, result in zip(questions, results, strict=True)
        ]
    return Outcomes(questions, found)


class _Counted:
    """Tells how many questions have run through a branch; begins by saying that they do."""

    def __init__(self, progress: Callable[[Progress], None] | None, label: str, total: int) -> None:
        self._progress = progress or (lambda report: None)
        self._stage, self._done, self._total = f"branch {label!r}", 0, total
        message = f"every question through the branch {label!r}"
        self._progress(Progress(0, total, stage=self._stage, message=message))

    def failures(self, errors: Sequence[StepError]) -> None:
        """Tells how many questions failed.

        Raises:
            StepError: All of them: nothing was measured.
        """
        if errors and len(errors) == self._total:
            raise errors[0]
        if errors:
            lost = f"{len(errors)} of {self._total} questions failed there and count as wrong; the first: {errors[0]}"
            self._progress(Progress(self._done, self._total, stage=self._stage, message=lost))

    def __call__(self, _: object) -> None:
        self._done += 1
        self._progress(Progress(self._done, self._total, stage=self._stage))


def _always(lesson: Lesson, params: Mapping[str, Any]) -> Plan:
    """The plan whose step, not trained, goes one way for every question."""
    root = lesson.plan.root
    places = [place for place, step in enumerate(root.steps) if step.path == lesson.step.path]
    if not places:
        raise UsageError(
            f"the step {lesson.step.path!r} stands inside a flow, where its branches cannot be run one by one",
            hint="take labels from the data instead: --labels, in --help",
        )
    step = root.steps[places[0]]
    forced = replace(step, params=step.params.model_copy(update=dict(params)))
    steps = (*root.steps[: places[0]], forced, *root.steps[places[0] + 1 :])
    return replace(lesson.plan, root=replace(root, steps=steps))
