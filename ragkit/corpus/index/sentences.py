"""The sentences of passages, where they stand and their vectors."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ragkit.corpus.encoder.vectors import Vectors
from ragkit.corpus.index.exact import FILE as VECTORS


class Sentences:
    """The sentences of one version. A sentence that stands in two passages has one vector."""

    def __init__(self, folder: Path, has_vectors: bool) -> None:
        self._spans = np.load(folder / "spans.npy", mmap_mode="r")
        self._firsts = np.load(folder / "firsts.npy", mmap_mode="r")
        self._vectors: Vectors | None = np.load(folder / VECTORS, mmap_mode="r") if has_vectors else None

    def of(self, passage: int) -> tuple[list[tuple[int, int]], Vectors | None]:
        """The offsets of each sentence in the passage's text, and the vectors, ``float32 [sentences, dimensions]``."""
        spans = self._spans[self._firsts[passage] : self._firsts[passage + 1]]
        offsets = list(zip(spans["start"].tolist(), spans["end"].tolist(), strict=True))
        return offsets, None if self._vectors is None else self._vectors[spans["row"]]
