"""Fitting a logistic regression, and how good its probabilities are on what it has not seen."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from ragkit.components.logistic import Logistic
from ragkit.errors import UsageError

STRENGTH = 0.05
"""scikit-learn's C for standardised features: with a few hundred questions .02 to .1 give the same, more over-fits."""
_DRAWS = 100


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

    Raises:
        UsageError: A feature is no number.
    """
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    lost = ~np.isfinite(rows)
    if lost.any():
        place = int(lost.any(axis=0).argmax())
        raise UsageError(
            f"the feature {names[place]!r} is no number ({rows[lost[:, place], place][0]}) for "
            f"{int(lost.any(axis=1).sum())} of {len(rows)} rows to learn from",
            hint="an encoder, a retriever or an LM gave it: ragkit trace show, and ragkit doctor",
        )
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


def folds(
    n: int, count: int, seed: int, *, same: Sequence[Hashable] | None = None, labels: Sequence[str | None] | None = None
) -> list[tuple[Any, Any]]:
    """Splits n items at random into ``count`` parts of equal size; gives indexes: (the others, the part) for each.

    Args:
        n: How many items there are.
        count: How many parts.
        seed: What they are drawn from.
        same: A key for each item: those that share one stand in one part, so that none is foretold from itself.
        labels: The label of each item, None for those without: every label stands among the others of every part. A
            draw of which that is not true is made anew.

    Raises:
        UsageError: All items share a key, or no draw has every label among the others of every part.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    wanted = set(labels or ()) - {None}
    for _ in range(_DRAWS):
        order = rng.permutation(n)
        numbers = np.empty(n, dtype=int)
        for number, part in enumerate(np.array_split(order, min(count, n))):
            numbers[part] = number
        if same is not None:
            first = {key: number for key, number in zip(reversed(same), numbers[::-1].tolist(), strict=True)}
            numbers = np.array([first[key] for key in same])
        parts = [order[numbers[order] == number] for number in np.unique(numbers)]
        drawn = [(np.setdiff1d(order, part), part) for part in parts]
        apart = same is None or len(drawn) > 1
        if apart and (labels is None or all(wanted <= {labels[place] for place in others} for others, _ in drawn)):
            return drawn
    raise UsageError(
        f"{n} questions cannot be parted so that each part is foretold from others: there are too few different ones",
        hint="more questions of each label: the same question asked again is none",
    )


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
