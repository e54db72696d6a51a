"""Fitting a logistic regression, and how good its probabilities are on what it has not seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ragkit.components.logistic import Logistic

STRENGTH = 0.05
"""scikit-learn's C for standardised features: with a few hundred questions .02 to .1 give the same, more over-fits."""


def fit(
    rows: Any,
    classes: Sequence[str],
    names: Sequence[str],
    *,
    strength: float = STRENGTH,
    fixed: tuple[int, float] = (0, 1.0),
) -> Logistic:
    """Fits a regression with L2 regularisation on standardised features.

    Args:
        rows: Shape (n, d).
        classes: The class of each row; at least two different ones.
        names: The d features.
        strength: The inverse of the regularisation.
        fixed: How many features, from the first, are divided by a number of their own instead of their deviation, and
            that number: the components of a vector have one scale.
    """
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    mean, scale = rows.mean(axis=0), rows.std(axis=0)
    # A feature that never changes says nothing: it is scaled by 1, so that it stays at 0 wherever it is met again.
    scale[scale < 1e-12] = 1.0
    scale[: fixed[0]] = fixed[1]
    model = LogisticRegression(C=strength, max_iter=2000)
    model.fit((rows - mean) / scale, np.asarray(classes))
    return Logistic(
        tuple(str(name) for name in model.classes_),
        tuple(names),
        tuple(mean.tolist()),
        tuple(scale.tolist()),
        tuple(tuple(row) for row in model.coef_.tolist()),
        tuple(model.intercept_.tolist()),
    )


def folds(n: int, count: int, seed: int) -> Iterator[tuple[Any, Any]]:
    """Splits n items at random into ``count`` parts of equal size; gives indexes: (the others, the part) for each."""
    import numpy as np

    order = np.random.default_rng(seed).permutation(n)
    for part in np.array_split(order, min(count, n)):
        yield np.setdiff1d(order, part), part


def calibration_error(probabilities: Any, outcomes: Any, *, bins: int = 10) -> float:
    """Expected calibration error: the mean distance of probability and share in bins of equal size (1706.04599)."""
    import numpy as np

    order = np.argsort(probabilities, kind="stable")
    return float(
        sum(
            len(part) * abs(float(np.mean(probabilities[part])) - float(np.mean(outcomes[part])))
            for part in np.array_split(order, min(bins, len(order)))
        )
        / len(order)
    )
