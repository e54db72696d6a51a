"""The best of many scores, in one order for ever: by score, and equal scores by their place."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Hits(NamedTuple):
    """What a search found, best first: ``indices`` int64 ``[m]`` of passages, ``scores`` float32 ``[m]``."""

    indices: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float32]


def best(scores: npt.NDArray[np.float32], k: int | None, candidates: npt.NDArray[np.int64] | None = None) -> Hits:
    """The ``k`` best scores (all for None), ties by index.

    Args:
        scores: Of every passage, ``[n]``.
        k: How many; None for all.
        candidates: The passages that may be found, in rising order; None for every one.
    """
    pool = scores if candidates is None else scores[candidates]
    if k is None or k >= len(pool):
        chosen = np.arange(len(pool))
    elif k <= 0:
        chosen = np.arange(0)
    else:
        least = np.partition(pool, len(pool) - k)[len(pool) - k]
        above = np.flatnonzero(pool > least)
        equal = np.flatnonzero(pool == least)[: k - len(above)]
        chosen = np.sort(np.concatenate([above, equal]))
    order = chosen[np.argsort(-pool[chosen], kind="stable")]
    rows = order if candidates is None else candidates[order]
    return Hits(rows.astype(np.int64), pool[order].astype(np.float32))
