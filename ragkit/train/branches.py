"""Silver labels for a router: run every branch on each question; the simplest branch that was right wins.

Source: Adaptive-RAG (arXiv 2403.14403, Section 3.2): labels from the strategies' own answers, and where none was right,
from the bias of the data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ragkit.component import Need
from ragkit.engine import Pipeline
from ragkit.engine.cache import StepCache
from ragkit.engine.scope import Corpora
from ragkit.errors import UsageError
from ragkit.evaluate.questions import Question
from ragkit.evaluate.scoring import score
from ragkit.spec.plan import Plan
from ragkit.train.examples import Lesson
from ragkit.train.router import Labelled


@dataclass(frozen=True, slots=True)
class Silver:
    """What the branches made of the questions.

    Attributes:
        labelled: The questions that got a label.
        right: For each label, how many questions its branch answered right.
        by_bias: How many were labelled by their kind, since no branch was right.
        left_out: How many have no label: their kind has none, or they have no kind and no branch was right.
    """

    labelled: Sequence[Labelled]
    right: Mapping[str, int]
    by_bias: int
    left_out: int


def by_branches(
    lesson: Lesson,
    questions: Sequence[Question],
    mapping: Mapping[str, str],
    *,
    tell: Callable[[str], None] = lambda text: None,
) -> Silver:
    """Labels each question by running the whole pipeline once for each label.

    Args:
        lesson: The pipeline and its router; the labels are those of its parameter, simplest first.
        questions: Questions whose answers or documents are known.
        mapping: The label of each kind of question, for those that no branch answered right; questions of other kinds
            are left out.
        tell: Is told in sentences what is being done.

    Raises:
        UsageError: The router stands inside a flow.
    """
    labels: Sequence[str] = lesson.step.params.labels
    # To abstain is right where there is no answer, and says nothing of how much a question takes.
    used = [question for question in questions if question.kind is None or question.kind in mapping]
    right: dict[str, list[bool]] = {}
    asked = [{"question": q.question, "history": q.history, "inputs": q.inputs} for q in used]
    state = lesson.project.state
    for label in labels:
        plan = _always(lesson, label)
        tell(f"every question through the branch {label!r}")
        pipeline = Pipeline(plan, corpora=Corpora(lesson.project.corpora, state), cache=StepCache(state / "cache.db"))
        try:
            results = pipeline.run_batch(asked)
        finally:
            pipeline.close()
        lm = Need.LM in plan.needs
        right[label] = [
            score(question, result, lm=lm).metrics.get("correct") == 1.0
            for question, result in zip(used, results, strict=True)
        ]
    labelled, by_bias = [], 0
    for place, question in enumerate(used):
        simplest = next((name for name in labels if right[name][place]), None)
        if simplest is None and question.kind is not None and question.kind in mapping:
            simplest, by_bias = mapping[question.kind], by_bias + 1
        if simplest is not None:
            labelled.append(Labelled(question.question, simplest))
    return Silver(
        labelled, {name: sum(found) for name, found in right.items()}, by_bias, len(questions) - len(labelled)
    )


def _always(lesson: Lesson, label: str) -> Plan:
    """The plan whose router, not trained, takes one label for every question."""
    root = lesson.plan.root
    places = [place for place, step in enumerate(root.steps) if step.path == lesson.step.path]
    if not places:
        raise UsageError(
            f"the router {lesson.step.path!r} stands inside a flow, where its branches cannot be run one by one",
            hint="--labels kind",
        )
    step = root.steps[places[0]]
    forced = replace(step, params=step.params.model_copy(update={"otherwise": label}))
    steps = (*root.steps[: places[0]], forced, *root.steps[places[0] + 1 :])
    return replace(lesson.plan, root=replace(root, steps=steps))
