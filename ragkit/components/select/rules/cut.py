"""What a cut rule returns, and the arithmetic that several rules share.

Every rule takes scores in descending order (higher is better) and says how many of them to keep. Ranks count from 1:
``rank`` is the k* of a rule, the last rank above its cut, before anything is added for safety.
"""

from __future__ import annotations

import math
import operator
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

TIE = 1e-9
"""Two gaps, or two points of a normalised curve, that differ by less than this share of the range are equal: the
difference is rounding, and the earlier one wins."""

HARDLY = 1.1
"""A largest gap that is less than this many times the second largest did not decide anything."""


@dataclass(frozen=True, slots=True)
class Cut:
    """How many to keep, and why.

    ``why`` is a clause that completes "kept 8 of 50: …". ``score`` is the number that decided and ``threshold`` what it
    was held against, where the rule has them. ``details`` go into the trace under their names.
    """

    kept: int
    why: str
    rank: int | None = None
    score: float | None = None
    threshold: float | None = None
    warnings: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)


def check_descending(scores: Sequence[float]) -> None:
    """Guards a rule against input that it would silently misread.

    Raises:
        ValueError: A score is not finite, or is higher than the one before it.
    """
    if math.isfinite(sum(scores)) and descend(scores):
        return
    for index, score in enumerate(scores):
        if not math.isfinite(score):
            raise ValueError(f"score {index} is {score}: a cut rule needs finite numbers")
        if index and score > scores[index - 1]:
            raise ValueError(f"scores must descend, but score {index} ({score}) is above the one before it")


def descend(scores: Sequence[float]) -> bool:
    """True when no score is above the one before it; they are finite."""
    given = list(scores)
    return given == sorted(given, reverse=True)


def gaps_of(scores: Sequence[float], low: int = 0, high: int | None = None) -> list[float]:
    """The differences of neighbouring scores, from gap ``low`` to gap ``high`` (0-based, end excluded)."""
    end = len(scores) - 1 if high is None else high
    return list(map(operator.sub, scores[low:end], scores[low + 1 : end + 1]))


def is_flat(scores: Sequence[float]) -> bool:
    """True when first and last score are equal but for rounding, so that no rule can find a drop."""
    return len(scores) > 1 and scores[0] - scores[-1] <= TIE * max(abs(scores[0]), abs(scores[-1]))


def gap_details(scores: Sequence[float], rank: int, low: int = 0, high: int | None = None) -> dict[str, float | None]:
    """How clear the drop after ``rank`` is, among the gaps ``low`` to ``high`` (0-based, end excluded).

    Gives the scores on both sides, the gap, the second largest gap, the median gap, and the gap over both of these
    (None where that would be no finite number).
    """
    gaps = gaps_of(scores, low, high)
    gap = scores[rank - 1] - scores[rank]
    others = sorted(gaps, reverse=True)
    if gap in others:
        others.remove(gap)
    second = others[0] if others else 0.0
    median = statistics.median(gaps) if gaps else 0.0
    return {
        "score_at_cut": scores[rank - 1],
        "next_score": scores[rank],
        "gap": gap,
        "second_gap": second,
        "median_gap": median,
        "gap_over_second": _ratio(gap, second),
        "gap_over_median": _ratio(gap, median),
    }


def _ratio(gap: float, other: float) -> float | None:
    """How many times the other gap; None where that is no finite number."""
    found = gap / other if other > 0 else math.inf
    return found if math.isfinite(found) else None


def show(value: float, beside: float | None = None) -> str:
    """A score for a person: three significant digits, more where it would look equal to the one ``beside`` it."""
    for digits in range(3, 17):
        text = f"{value:.{digits}g}"
        if beside is None or value == beside or text != f"{beside:.{digits}g}":
            return text
    return repr(value)
