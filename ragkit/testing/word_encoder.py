"""An encoder without a model: texts with words in common point the same way, always, in every process."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

DIMENSIONS = 64


def words(text: str) -> list[str]:
    """The words of a text in lower case, without a plural s."""
    return [word.rstrip("s") for word in re.findall(r"\w+", text.lower())]


def encode(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """Unit vectors ``[n, DIMENSIONS]``: one direction for each word, so that cosine grows with words in common.

    Every text has some of direction 0, so that none is nothing and no two are opposite.
    """
    vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    vectors[:, 0] = 1.0
    for row, text in zip(vectors, texts, strict=True):
        for word in words(text):
            row[1 + zlib.crc32(word.encode()) % (DIMENSIONS - 1)] += 1.0
    unit: npt.NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit
