"""Vectors: normalised float32 rows, so that a dot product is a cosine."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ragkit.errors import EncoderError

Vectors = npt.NDArray[np.float32]


def normalised(vectors: Vectors, dimensions: int | None, name: str) -> Vectors:
    """The first ``dimensions`` of each row, with length 1.

    Raises:
        EncoderError: A row has no direction: the encoder gave zeros or no numbers, or has fewer dimensions.
    """
    if dimensions is not None:
        if dimensions > vectors.shape[1]:
            raise EncoderError(f"dimensions is {dimensions}, but the encoder {name!r} has {vectors.shape[1]}")
        vectors = vectors[:, :dimensions]
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.all(np.isfinite(lengths)) or not np.all(lengths > 0):
        raise EncoderError(f"the encoder {name!r} gave a vector without direction (zeros, or not a number)")
    return np.ascontiguousarray(vectors / lengths, dtype=np.float32)
