"""The best of many scores, in one order for ever: by score, and equal scores by their place."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

_WORTH_IT = 4
"""From how many scores in a part on finding the highest of each is quicker than ordering all."""


class Hits(NamedTuple):
    """What a search found, best first: ``indices`` int64 ``[m]`` of passages, ``scores`` float32 ``[m]``."""

    indices: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float32]


def best(
    scores: npt.NDArray[np.float32],
    k: int | None,
    candidates: npt.NDArray[np.int64] | None = None,
    *,
    above: float = -np.inf,
) -> Hits:
    """The ``k`` best scores (all for None), ties by index.

    Args:
        scores: Of every passage, ``[n]``, none of them NaN.
        k: How many; None for all.
        candidates: The passages that may be found, in rising order; None for every one.
        above: Only scores above it are found.
    """
    pool = scores if candidates is None else scores[candidates]
    floor = -np.inf if k is None or k >= len(pool) else _floor(pool, max(k, 1))
    chosen = np.flatnonzero(pool >= floor if floor > above else pool > above)
    order = chosen[np.argsort(-pool[chosen], kind="stable")[: None if k is None else max(k, 0)]]
    rows = order if candidates is None else candidates[order]
    return Hits(rows.astype(np.int64), pool[order].astype(np.float32))


def _floor(pool: npt.NDArray[np.float32], k: int) -> float:
    """A score that at least ``k`` of the pool reach, and few more.

    Of a large pool it is the k-th best of the highest of 4k parts, which is found without moving the whole of it.
    """
    each = len(pool) // (4 * k)
    if each < _WORTH_IT:
        return float(np.partition(pool, len(pool) - k)[len(pool) - k])
    highest = pool[: each * 4 * k].reshape(each, 4 * k).max(axis=0)
    return float(np.partition(highest, 3 * k)[3 * k])
