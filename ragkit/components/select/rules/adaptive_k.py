"""Adaptive-k: cut at the largest gap between neighbouring scores (arXiv 2506.08479, Section 3.3)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ragkit.components.select.rules.cut import HARDLY, TIE, Cut, check_descending, gap_details, gaps_of, is_flat, show


def adaptive_k(scores: Sequence[float], *, buffer: int = 5, tail: float = 0.10, head: float = 0.0) -> Cut:
    """Keeps everything above the largest gap, and ``buffer`` more.

    With n scores there are n-1 gaps, gap i standing between rank i and rank i+1. The first ``floor((n-1)*head)`` and
    the last ``floor((n-1)*tail)`` of them are not looked at, so that an outlier at either end does not decide. Of the
    rest the largest wins, the earliest of equals: k* is the rank before it, and ``min(n, k* + buffer)`` are kept.
    The cut depends on differences only: adding a constant to the scores, or multiplying them, changes nothing.

    Args:
        scores: In descending order; a similarity, not ranks.
        buffer: How many to keep beyond the gap, at least 0 (B in the paper, 5).
        tail: The share of gaps at the end that is not looked at, from 0 to 1.
        head: The share of gaps at the start that is not looked at; 0.05 is what the authors' HoloBench scripts use.

    Raises:
        ValueError: The scores do not descend.
    """
    check_descending(scores)
    n = len(scores)
    if n < 2:
        return Cut(n, "one score has no gaps" if n else "there was nothing to choose from")
    low, high = math.floor((n - 1) * head), (n - 1) - math.floor((n - 1) * tail)
    searched = {"searched_from": low + 1, "searched_to": high}
    if low >= high:
        warning = f"head {head} and tail {tail} leave no gap to look at among {n - 1}: everything is kept"
        return Cut(n, "head and tail left no gap to look at", warnings=(warning,), details=searched)
    slack = TIE * (scores[0] - scores[-1])
    gaps = gaps_of(scores, low, high)
    least = max(gaps) - slack
    rank = 1 + low + next(i for i, gap in enumerate(gaps) if gap >= least)
    details = {**gap_details(scores, rank, low, high), **searched}
    kept = min(n, rank + buffer)
    above, below = scores[rank - 1], scores[rank]
    extra = f", and {kept - rank} more for safety" if kept > rank else ""
    warnings = _doubts(scores, rank, buffer, details["gap_over_second"])
    return Cut(
        kept,
        f"the scores fall most after rank {rank} ({show(above, below)} to {show(below, above)}){extra}",
        rank=rank,
        score=above,
        warnings=warnings,
        details=details,
    )


def _doubts(scores: Sequence[float], rank: int, buffer: int, clearness: float | None) -> tuple[str, ...]:
    if is_flat(scores):
        return (f"all {len(scores)} scores are equal: no gap stands out, and adaptive-k keeps the first {1 + buffer}",)
    found = []
    if rank == 1:
        found.append(
            f"the largest gap is right after the first score: adaptive-k then amounts to a fixed k of {1 + buffer}"
        )
    if clearness is not None and clearness < HARDLY:
        found.append(f"the largest gap is only {clearness:.2f} times the second largest: the cut is hardly a choice")
    return tuple(found)
