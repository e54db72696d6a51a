"""Silver labels for a router: run every branch on each question; the simplest branch that was right wins.

Source: Adaptive-RAG (arXiv 2403.14403, Section 3.2): labels from the strategies' own answers, and where none was right,
from the bias of the data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ragkit.evaluate.progress import Progress
from ragkit.evaluate.questions import Question
from ragkit.train.examples import Lesson
from ragkit.train.outcomes import run_branches
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
    progress: Callable[[Progress], None] | None = None,
) -> Silver:
    """Labels each question by running the whole pipeline once for each label.

    Args:
        lesson: The pipeline and its router; the labels are those of its parameter, simplest first.
        questions: Questions whose answers or documents are known.
        mapping: The label of each kind of question, for those that no branch answered right; questions of other kinds
            are left out.
        progress: Is told which branch runs, and how many questions have run through it.

    Raises:
        UsageError: The router stands inside a flow.
    """
    labels: Sequence[str] = lesson.step.params.labels
    # To abstain is right where there is no answer, and says nothing of how much a question takes.
    used = [question for question in questions if question.kind is None or question.kind in mapping]
    outcomes = run_branches(lesson, labels, used, progress)
    right = {label: [found is True for found in outcomes.right(label)] for label in labels}
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
