"""What says how alike two answers to one question are, and what measures read of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ragkit.components.gate.methods.claims import Relation


@dataclass(frozen=True, slots=True)
class Judgement:
    """How one answer stands to another, read from the first to the second.

    Attributes:
        likeness: From 0 to 1.
        relation: Whether the first says the same, says something against it, or something else.
        joined: Whether it is nearer to saying the same than to denying it.
    """

    likeness: float
    relation: Relation
    joined: bool


class Comparing(Protocol):
    """Compares answers. ``told`` says how, for the trace."""

    told: str

    def judge(self, question: str, pairs: Sequence[tuple[str, str]]) -> list[Judgement]:
        """The judgement of each pair of answers to the question."""


class Answers:
    """Several answers to one question, each compared with each.

    Args:
        comparing: What compares them.
        question: The question.
        texts: The answers.
    """

    def __init__(self, comparing: Comparing, question: str, texts: Sequence[str]) -> None:
        n = len(texts)
        places = [(i, j) for i in range(n) for j in range(n) if i != j]
        # An answer that is drawn again is the same pair again; a model reads it once.
        pairs = list(dict.fromkeys((texts[i], texts[j]) for i, j in places))
        known = dict(zip(pairs, comparing.judge(question, pairs), strict=True))
        self._judged = {(i, j): known[texts[i], texts[j]] for i, j in places}
        self._n = n

    def likeness(self) -> list[list[float]]:
        """Shape (n, n), the mean of both directions: symmetric, and 1 of an answer and itself."""
        return self._square(lambda one, two: (one.likeness + two.likeness) / 2)

    def joined(self) -> list[list[float]]:
        """Shape (n, n): 1 where both directions are joined, else 0."""
        return self._square(lambda one, two: float(one.joined and two.joined))

    def same(self, i: int, j: int) -> bool:
        """Whether two answers mean the same: each says what the other says."""
        return i == j or self._judged[i, j].relation == self._judged[j, i].relation == "same"

    def _square(self, value: _Value) -> list[list[float]]:
        places = range(self._n)
        return [[1.0 if i == j else value(self._judged[i, j], self._judged[j, i]) for j in places] for i in places]


class _Value(Protocol):
    def __call__(self, one: Judgement, two: Judgement, /) -> float: ...
