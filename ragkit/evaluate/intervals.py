"""Intervals and tests: percentile bootstrap, paired bootstrap, paired permutation, Wilson's interval for proportions.

The bootstrap resamples questions (Efron and Tibshirani 1993, Chapter 13). Everything is drawn from a seed, so that the
same values give the same interval; values of None are left out, and ``n`` says how many are left.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

LEVEL = 0.95
RESAMPLES = 2000
PERMUTATIONS = 10_000
_EXACT = 14
"""Up to so many differences every assignment of signs is tried: 2^14 of them."""
_CACHED = 2_000_000
_CHUNK = 4_000_000
_Z = 1.959963984540054

Values = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over ``n`` questions and its interval. Without values there is no mean, of one value no interval."""

    mean: float | None
    low: float | None
    high: float | None
    n: int

    def as_dict(self) -> dict[str, float | int | None]:
        """Plain data, as reports hold it."""
        return {"mean": self.mean, "low": self.low, "high": self.high, "n": self.n}


def mean_interval(values: Values, *, seed: int = 0, resamples: int = RESAMPLES, level: float = LEVEL) -> Interval:
    """The mean and its percentile bootstrap interval.

    Where all values are equal the interval has no width, which is what a bootstrap can say and not that the mean is
    certain; for shares ``proportion_interval`` says more.

    Args:
        values: One for each question; None where it has none.
        seed: What the resamples are drawn from.
        resamples: How many.
        level: The interval's nominal coverage.
    """
    known = np.array([value for value in values if value is not None], dtype=np.float64)
    if not len(known):
        return Interval(None, None, None, 0)
    mean = float(known.mean())
    if len(known) == 1:
        return Interval(mean, None, None, 1)
    if known.min() == known.max():
        return Interval(mean, mean, mean, len(known))
    means = np.concatenate([counts @ known for counts in resampled(len(known), seed, resamples)]) / len(known)
    low, high = ends(means, level)
    return Interval(mean, low, high, len(known))


def paired_interval(
    a: Values, b: Values, *, seed: int = 0, resamples: int = RESAMPLES, level: float = LEVEL
) -> Interval:
    """The mean of ``b - a`` over the questions that have both, and its interval: how much b is above a.

    Raises:
        ValueError: The two do not have the same length.
    """
    return mean_interval(differences(a, b), seed=seed, resamples=resamples, level=level)


def permutation_p(a: Values, b: Values, *, seed: int = 0, permutations: int = PERMUTATIONS) -> float | None:
    """The two-sided p-value of a paired permutation test: were the labels a and b exchanged question by question,
    how often would the mean difference be at least as far from 0?

    Exact where at most 14 questions differ; above that from random permutations, with the observed one counted among
    them, so that p is never 0 (Phipson and Smyth 2010). None without a question that has both.

    Raises:
        ValueError: The two do not have the same length.
    """
    pairs = [value for value in differences(a, b) if value is not None]
    if not pairs:
        return None
    # Signs of zeros change nothing; without them more cases are exact.
    moved = np.abs(np.array([value for value in pairs if value != 0], dtype=np.float64))
    observed = abs(math.fsum(value for value in pairs if value != 0))
    if not len(moved):
        return 1.0
    reached = observed - 1e-9 * max(1.0, float(moved.sum()))
    if len(moved) <= _EXACT:
        every = (np.arange(2 ** len(moved))[:, None] >> np.arange(len(moved))) & 1
        return float(np.mean(np.abs((2.0 * every - 1) @ moved) >= reached))
    rng = np.random.default_rng(seed)
    rows = max(1, _CHUNK // len(moved))
    beyond = 0
    for start in range(0, permutations, rows):
        signs = rng.integers(0, 2, (min(rows, permutations - start), len(moved)), dtype=np.int8)
        beyond += int(np.sum(np.abs((2.0 * signs - 1) @ moved) >= reached))
    return (beyond + 1) / (permutations + 1)


def proportion_interval(successes: int, n: int) -> Interval:
    """A proportion and Wilson's 95 % interval, which is right where the bootstrap has none: at 0 and 1 (Wilson 1927).

    Raises:
        ValueError: ``successes`` does not lie between 0 and ``n``.
    """
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} successes of {n}")
    if n == 0:
        return Interval(None, None, None, 0)
    p, z = successes / n, _Z
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return Interval(p, min(p, max(0.0, middle - half)), max(p, min(1.0, middle + half)), n)


def quantile_interval(
    values: Values, q: float, *, seed: int = 0, resamples: int = RESAMPLES, level: float = LEVEL
) -> Interval:
    """The quantile ``q`` (0.5 is the median), between values linearly, and its bootstrap interval, as ``mean``."""
    known = np.array([value for value in values if value is not None], dtype=np.float64)
    if not len(known):
        return Interval(None, None, None, 0)
    at = float(np.quantile(known, q))
    if len(known) == 1:
        return Interval(at, None, None, 1)
    rng = np.random.default_rng(seed)
    rows = max(1, _CHUNK // len(known))
    drawn = [
        np.quantile(known[rng.integers(0, len(known), (min(rows, resamples - start), len(known)))], q, axis=1)
        for start in range(0, resamples, rows)
    ]
    low, high = ends(np.concatenate(drawn), level)
    return Interval(at, low, high, len(known))


def differences(a: Values, b: Values) -> list[float | None]:
    """``b - a``, question by question; None where either has none.

    Raises:
        ValueError: The two do not have the same length.
    """
    return [
        None if left is None or right is None else right - left for left, right in zip(a, b, strict=True)
    ]  # fmt: skip


def resampled(n: int, seed: int, resamples: int) -> Iterator[Any]:
    """Bootstrap resamples as counts: matrices of shape (rows, n) that together have ``resamples`` rows.

    Row r says how often each question is in resample r, so that ``counts @ values / n`` are the means.
    """
    if n * resamples <= _CACHED:
        yield _counts(n, seed, resamples).astype(np.float64)
        return
    rng = np.random.default_rng(seed)
    rows = max(1, _CHUNK // n)
    for start in range(0, resamples, rows):
        yield _draw(rng, min(rows, resamples - start), n).astype(np.float64)


@functools.lru_cache(maxsize=64)
def _counts(n: int, seed: int, resamples: int) -> Any:
    """Reports ask for hundreds of means over the same few numbers of questions; kept small, in bytes."""
    return _draw(np.random.default_rng(seed), resamples, n).astype(np.uint8 if n < 256 else np.uint16)


def _draw(rng: Any, rows: int, n: int) -> Any:
    chosen = rng.integers(0, n, (rows, n)) + n * np.arange(rows)[:, None]
    return np.bincount(chosen.ravel(), minlength=rows * n).reshape(rows, n)


def ends(drawn: Any, level: float = LEVEL) -> tuple[float, float]:
    """The ends of the percentile interval: what lies between holds ``level`` of what was drawn."""
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
