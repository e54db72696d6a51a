"""Means over questions that a side chose itself: the precision of abstentions is over those on which it abstained.

The two sides chose different questions. Pairs that both chose would say nothing (a question that both refused is right
or wrong on both), so the difference is that of the two means, each over its own questions, and pairs are kept together
in resampling and in exchanging labels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragkit.evaluate.intervals import Interval

Values = Sequence[float | None]
_EXACT = 14
_CHUNK = 4_000_000


def conditional_interval(a: Values, b: Values, *, seed: int = 0) -> Interval:
    """The mean of ``b`` minus the mean of ``a``, each over its known values, with its 95 % bootstrap interval.

    Questions are resampled; a resample in which a side has no value is left out. ``n`` counts the questions of either.
    """
    import numpy as np

    from ragkit.evaluate.intervals import LEVEL, RESAMPLES, Interval, resampled

    columns, known = _arrays(a, b)
    if not known.any(axis=1).all():
        return Interval(None, None, None, int(known.any(axis=0).sum()))
    n = int(known.any(axis=0).sum())
    mean = _difference(columns.sum(axis=1), known.sum(axis=1))
    drawn = np.concatenate(
        [_difference(columns @ counts.T, known @ counts.T) for counts in resampled(columns.shape[1], seed, RESAMPLES)]
    )
    drawn = drawn[np.isfinite(drawn)]
    if n == 1 or not len(drawn):
        return Interval(float(mean), None, None, n)
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(mean), float(low), float(high), n)


def conditional_p(a: Values, b: Values, *, seed: int = 0) -> float | None:
    """The two-sided p-value of exchanging the labels question by question; exact where at most 14 questions differ.

    An exchange that leaves a side without values counts as one that reaches the observed difference. None where a side
    has no value.
    """
    import numpy as np

    from ragkit.evaluate.intervals import PERMUTATIONS

    columns, known = _arrays(a, b)
    if not known.any(axis=1).all():
        return None
    sums, counts = columns.sum(axis=1), known.sum(axis=1)
    differ = (columns[0] != columns[1]) | (known[0] != known[1])
    if not differ.any():
        return 1.0
    moved, gone = (columns[1] - columns[0])[differ], (known[1] - known[0])[differ]
    observed = abs(_difference(sums, counts)) - 1e-12
    reached = total = 0
    for swaps in _swaps(int(differ.sum()), seed, PERMUTATIONS):
        change, shift = swaps @ moved, swaps @ gone
        drawn = _difference(
            np.stack([sums[0] + change, sums[1] - change]), np.stack([counts[0] + shift, counts[1] - shift])
        )
        reached += int(np.sum(~(np.abs(drawn) < observed)))
        total += len(drawn)
    exact = total != PERMUTATIONS
    return reached / total if exact else (reached + 1) / (total + 1)


def _swaps(size: int, seed: int, permutations: int) -> Iterator[Any]:
    """Which questions exchange their labels: every way for a few questions, else ``permutations`` random ones."""
    import numpy as np

    if size <= _EXACT:
        yield ((np.arange(2**size)[:, None] >> np.arange(size)) & 1).astype(np.float64)
        return
    rng = np.random.default_rng(seed)
    rows = max(1, _CHUNK // size)
    for start in range(0, permutations, rows):
        yield rng.integers(0, 2, (min(rows, permutations - start), size)).astype(np.float64)


def _arrays(a: Values, b: Values) -> tuple[Any, Any]:
    """The values with 0 where there is none, and 1 where there is one: two arrays of shape (2, questions)."""
    import numpy as np

    columns = np.array([[0.0 if value is None else value for value in column] for column in (a, b)])
    known = np.array([[float(value is not None) for value in column] for column in (a, b)])
    return columns, known


def _difference(sums: Any, counts: Any) -> Any:
    """The second mean minus the first; not a number where one has no values."""
    import numpy as np

    with np.errstate(divide="ignore", invalid="ignore"):
        means = sums / counts
    return means[1] - means[0]
