"""Every set of prompts that was measured, question by question: what a stage has found, whatever ends it."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ragkit.evaluate.questions import Question
from ragkit.evaluate.row import Row
from ragkit.optimize.objective import Objective


@dataclass(frozen=True, slots=True)
class Measured:
    """A set of prompts that has seen every question of the validation part; ``value`` is its objective there."""

    key: str
    value: float
    feasible: bool


class Candidates:
    """The rows of every set of prompts. Safe to use from several threads."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[str, Row]] = {}
        self._lock = threading.Lock()

    def add(self, key: str, question: str, row: Row) -> None:
        """Keeps a row; the first of a question stays."""
        with self._lock:
            self._rows.setdefault(key, {}).setdefault(question, row)

    def rows(self, key: str) -> Mapping[str, Row]:
        """The rows of a set of prompts, by question."""
        return self._rows.get(key, {})

    def measured(self, questions: Sequence[Question], objective: Objective) -> list[Measured]:
        """The sets of prompts that have seen all these questions, in the order in which they were first run."""
        found = []
        for key, rows in list(self._rows.items()):
            if all(question.id in rows for question in questions):
                of = [rows[question.id] for question in questions]
                value = objective.value(of)
                if value is not None:
                    found.append(Measured(key, value, all(excess <= 0 for excess in objective.excesses(of))))
        return found


def best_of(measured: Sequence[Measured]) -> Measured | None:
    """The highest value within the limits, the first of equals; None where none keeps them."""
    return max((each for each in measured if each.feasible), key=lambda each: each.value, default=None)
