"""Holm's correction of p-values that are read together."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p: Sequence[float]) -> list[float]:
    """The p-values adjusted for one another (S. Holm, A simple sequentially rejective multiple test procedure, 1979).

    The smallest is multiplied by their number, the next by one less, and so on; none falls below a smaller one before
    it, none exceeds 1. Rejecting where the adjusted value is below 0.05 errs in any of them with at most that chance,
    however they depend on each other.
    """
    adjusted = [0.0] * len(p)
    floor = 0.0
    for rank, index in enumerate(sorted(range(len(p)), key=p.__getitem__)):
        floor = max(floor, min(1.0, p[index] * (len(p) - rank)))
        adjusted[index] = floor
    return adjusted
