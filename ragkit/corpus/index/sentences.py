"""The sentences of passages, where they stand and their vectors."""

from __future__ import annotations

from pathlib import Path

from ragkit.corpus.encoder.vectors import Vectors
from ragkit.corpus.index.arrays import mapped
from ragkit.corpus.index.exact import FILE as VECTORS


class Sentences:
    """The sentences of one version. A sentence that stands in two passages has one vector."""

    def __init__(self, folder: Path, has_vectors: bool) -> None:
        self._spans = mapped(folder / "spans.npy")
        self._firsts = mapped(folder / "firsts.npy")
        self._vectors: Vectors | None = mapped(folder / VECTORS) if has_vectors else None

    def of(self, passage: int) -> tuple[list[tuple[int, int]], Vectors | None]:
        """The offsets of each sentence in the passage's text, and the vectors, ``float32 [sentences, dimensions]``."""
        spans = self._spans[self._firsts[passage] : self._firsts[passage + 1]]
        offsets = list(zip(spans["start"].tolist(), spans["end"].tolist(), strict=True))
        return offsets, None if self._vectors is None else self._vectors[spans["row"]]
