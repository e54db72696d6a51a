"""Exact dense search: every cosine, from a memory-mapped float32 file (about 1 ms at 10,000 passages)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ragkit.corpus.encoder.vectors import Vectors
from ragkit.corpus.index.arrays import mapped
from ragkit.corpus.index.ranking import Hits, best

FILE = "vectors.npy"
_SCORES_AT_ONCE = 1 << 22
"""How many cosines are held at once (16 MiB): the fewer calls, the less often threads of the arithmetic meet."""


class Near(NamedTuple):
    """What a search found, and the cosine of every passage, ``float32 [n]``; None where not all were looked at."""

    hits: Hits
    cosines: npt.NDArray[np.float32] | None


class ExactVectors:
    """The vectors of one version. Rows have length 1, so a dot product is a cosine."""

    def __init__(self, folder: Path) -> None:
        self.rows: Vectors = mapped(folder / FILE)

    def search(self, queries: Vectors, k: int | None, candidates: npt.NDArray[np.int64] | None = None) -> list[Hits]:
        """The passages with the highest cosine for each query, ``float32 [q, dimensions]``."""
        return [near.hits for near in self.search_each(queries, k, candidates)]

    def search_each(
        self, queries: Vectors, k: int | None, candidates: npt.NDArray[np.int64] | None = None
    ) -> Iterator[Near]:
        """What ``search`` finds, query by query, and every cosine on the way."""
        # A filter that leaves few passages is cheaper to score alone.
        few = candidates is not None and len(candidates) * 4 < len(self.rows)
        rows = self.rows[candidates] if few and candidates is not None else self.rows
        portion = max(1, _SCORES_AT_ONCE // max(1, len(rows)))
        for start in range(0, len(queries), portion):
            for line in queries[start : start + portion] @ rows.T:
                hits = best(line, k, None if few else candidates)
                if few and candidates is not None:
                    yield Near(Hits(candidates[hits.indices], hits.scores), None)
                else:
                    yield Near(hits, line)
