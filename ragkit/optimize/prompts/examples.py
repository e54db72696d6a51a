"""Questions as DSPy's examples, in two parts: to learn from, and to choose by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dspy

from ragkit.evaluate.questions import Question
from ragkit.optimize.prompts.metric import ID

MOST_VALIDATED = 100
"""More questions than that choose no better, and cost as much more."""


@dataclass(frozen=True, slots=True)
class Halves:
    """What prompts are learned from, and what is chosen by; never the same question."""

    train: tuple[Question, ...]
    validation: tuple[Question, ...]


def halved(questions: Sequence[Question]) -> Halves:
    """Every second question to choose by, the others to learn from; kinds are mixed evenly in ``questions``."""
    return Halves(tuple(questions[::2]), tuple(questions[1::2][:MOST_VALIDATED]))


def example(question: Question) -> Any:
    """A question as DSPy has it: its inputs, and what is known about the answer."""
    given: dict[str, Any] = {"question": question.question, **question.inputs}
    if question.history:
        given["history"] = list(question.history)
    known: dict[str, Any] = {ID: question.id}
    if question.answers:
        known["accepted_answers"] = list(question.answers)
    if question.kind is not None:
        known["kind"] = question.kind
    return dspy.Example(**known, **given).with_inputs(*given)
