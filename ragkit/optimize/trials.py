"""Trials of a search that have ended: what each came to, and which of them is best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Tried:
    """One trial that saw every question of its search.

    ``goals`` are the value and the metrics beside it, each turned so that higher is better. ``failed`` questions have 0
    in it; those that are ``unjudged`` do not count in what the judge says.
    """

    number: int
    choices: Mapping[str, Any]
    value: float
    excesses: Sequence[float]
    means: Mapping[str, float | None]
    goals: tuple[float, ...] = ()
    failed: int = 0
    unjudged: int = 0

    @property
    def feasible(self) -> bool:
        """True when every limit is kept."""
        return all(excess <= 0 for excess in self.excesses)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a trial ended.

    Attributes:
        place: How many trials had ended before it.
        tried: The trial, where it saw every question.
        asked: How many questions it ran.
        failed: How many of them failed.
        unjudged: On how many the judge gave no verdict.
        why: Why one of them failed.
    """

    place: int
    tried: Tried | None
    asked: int
    failed: int = 0
    unjudged: int = 0
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to.

    Attributes:
        tried: The trials that saw every question, in order; the first is the pipeline's own defaults.
        given_up: How many were given up early.
        runs: How many questions were run, each under one choice of values.
        stopped: Why it ended before its trials were done; None when they were.
        broken: How many trials have no value, for every question failed in them.
    """

    tried: tuple[Tried, ...]
    given_up: int
    runs: int
    stopped: str | None
    broken: int = 0

    @property
    def best(self) -> Tried | None:
        """The highest value within the limits, of equals the best beside it; None when no trial keeps the limits."""
        return max((trial for trial in self.tried if trial.feasible), key=lambda t: (t.value, t.goals), default=None)


def dominates(one: Sequence[float], other: Sequence[float]) -> bool:
    """Whether one is better in a goal and worse in none; higher is better."""
    return all(a >= b for a, b in zip(one, other, strict=True)) and tuple(one) != tuple(other)
