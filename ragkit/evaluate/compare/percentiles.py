"""The difference of a percentile between two sides, and its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragkit.evaluate.intervals import Interval

_CHUNK = 4_000_000


def percentile_interval(a: Sequence[float | None], b: Sequence[float | None], q: float, *, seed: int = 0) -> Interval:
    """The quantile ``q`` of ``b`` minus that of ``a``, with its 95 % percentile bootstrap interval.

    Questions are resampled in pairs: what makes one slow on both sides is drawn for both.

    Args:
        a: A number for each question.
        b: As many, of the same questions in the same order.
        q: 0.5 is the median; between values linearly.
        seed: What the resamples are drawn from.
    """
    import numpy as np

    from ragkit.evaluate.intervals import LEVEL, RESAMPLES, Interval

    both = np.array([a, b], dtype=np.float64)
    n = both.shape[1]
    if n == 0:
        return Interval(None, None, None, 0)
    left, right = np.quantile(both, q, axis=1)
    if n == 1:
        return Interval(float(right - left), None, None, 1)
    rng = np.random.default_rng(seed)
    rows = max(1, _CHUNK // n)
    drawn = []
    for start in range(0, RESAMPLES, rows):
        chosen = rng.integers(0, n, (min(rows, RESAMPLES - start), n))
        low, high = np.quantile(both[:, chosen], q, axis=2)
        drawn.append(high - low)
    low, high = np.quantile(np.concatenate(drawn), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(right - left), float(low), float(high), n)
