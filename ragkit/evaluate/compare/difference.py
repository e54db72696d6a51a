"""How one side differs from the baseline in one measure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from ragkit.spec.written.objectives import Direction

Verdict = Literal["better", "worse", "not distinguishable"]
LEVEL = 0.05
"""The chance of calling a difference real that is none."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The mean of side minus baseline over ``n`` questions, in the measure's own unit.

    Attributes:
        direction: Which way is better.
        low: Lower end of its 95 % interval; None where there is but one question.
        high: Upper end.
        p: Two-sided, from the paired permutation test; None for a percentile, which has an interval only.
        p_holm: ``p`` corrected for the other sides that are compared with the baseline in this measure.
        wins: Questions on which the side is better; ``losses`` and ``ties`` likewise. None where a question has no
            difference of its own: for a percentile, and for a mean over each side's own questions.
    """

    direction: Direction
    mean: float | None
    low: float | None
    high: float | None
    n: int
    p: float | None = None
    p_holm: float | None = None
    wins: int | None = None
    losses: int | None = None
    ties: int | None = None

    @property
    def verdict(self) -> Verdict | None:
        """What may be said: a difference is one when its interval leaves out 0 and, where tested, p is below 0.05."""
        if self.mean is None:
            return None
        outside = self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)
        if not outside or (self.p_holm is not None and self.p_holm >= LEVEL):
            return "not distinguishable"
        return "better" if (self.mean > 0) == (self.direction == "higher") else "worse"

    @property
    def document(self) -> dict[str, Any]:
        """The difference as plain data."""
        return {**asdict(self), "verdict": self.verdict}
