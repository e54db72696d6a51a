"""How scattered sampled answers are, seen as a graph whose edges say how alike two answers are.

W is the matrix of likeness of n answers, shape (n, n): symmetric, from 0 to 1, and 1 on its diagonal. D is the diagonal
matrix of its row sums, and L = I - D^(-1/2) W D^(-1/2) its normalised Laplacian with the eigenvalues λ_1 ≤ … ≤ λ_n.

Source: Lin et al., "Generating with Confidence" (arXiv 2305.19187, Section 4.2).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ragkit.components.gate.methods.likeness import Matrix

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

KEPT_BELOW = 0.9
"""Eigenvectors of eigenvalues under this one place the answers; the rest is noise (the paper's threshold)."""


def degree_matrix(likeness: Matrix) -> float:
    """trace(nI - D) / n², the mean unlikeness of two answers; from 0, where all are alike, to 1 - 1/n.

    Raises:
        ValueError: There are no answers, or the matrix is not one of likeness.
    """
    weights = _checked(likeness)
    n = len(weights)
    return float((n - weights.sum(axis=1)).sum()) / n**2


def eigenvalue_laplacian(likeness: Matrix) -> float:
    """sum_k max(0, 1 - λ_k): about how many different meanings there are; from 1 to n.

    Raises:
        ValueError: There are no answers, or the matrix is not one of likeness.
    """
    import numpy as np

    return float(np.maximum(0.0, 1.0 - np.linalg.eigvalsh(_laplacian(likeness))).sum())


def eccentricity(likeness: Matrix, below: float = KEPT_BELOW) -> float:
    """‖(‖v_k - mean v‖)_k‖: how far the answers lie from their middle; from 0 to sqrt(n - 1).

    v_k are the coordinates of answer k in the eigenvectors of L whose eigenvalues are under ``below``.

    Raises:
        ValueError: There are no answers, or the matrix is not one of likeness.
    """
    import numpy as np

    values, vectors = np.linalg.eigh(_laplacian(likeness))
    places = vectors[:, values < below]
    return float(np.linalg.norm(places - places.mean(axis=0, keepdims=True)))


def semantic_sets(likeness: Matrix, at_least: float) -> int:
    """How many parts the graph falls into when answers that are less alike than ``at_least`` are parted; from 1 to n.

    Raises:
        ValueError: There are no answers, or the matrix is not one of likeness.
    """
    weights = _checked(likeness)
    left = set(range(len(weights)))
    parts = 0
    while left:
        parts += 1
        waiting = [left.pop()]
        while waiting:
            at = waiting.pop()
            joined = {other for other in left if weights[at, other] >= at_least}
            left -= joined
            waiting.extend(joined)
    return parts


def _laplacian(likeness: Matrix) -> Array:
    import numpy as np

    weights = _checked(likeness)
    roots = 1.0 / np.sqrt(weights.sum(axis=1))  # never of 0: each answer is like itself
    found: Any = np.eye(len(weights)) - roots[:, None] * weights * roots[None, :]
    return np.asarray((found + found.T) / 2)


def _checked(likeness: Matrix) -> Array:
    import numpy as np

    weights = np.asarray(likeness, dtype=np.float64)
    if weights.size == 0:
        raise ValueError("there are no samples")
    if weights.ndim != 2 or weights.shape[0] != weights.shape[1]:
        raise ValueError(f"likeness is a square, not of shape {weights.shape}")
    if not np.allclose(weights, weights.T) or not np.allclose(np.diag(weights), 1.0):
        raise ValueError("likeness is symmetric, and 1 of an answer and itself")
    if weights.min() < 0.0 or weights.max() > 1.0 + 1e-9 or not math.isfinite(float(weights.sum())):
        raise ValueError("likeness is between 0 and 1")
    return weights
