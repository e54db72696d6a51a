"""``ragkit train gate`` for ``gate.known``: which questions need documents, from the question alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ragkit.components.gate._deciding import NEEDED
from ragkit.components.gate.known import METHOD
from ragkit.components.route._features import feature_names, question_features
from ragkit.errors import UsageError
from ragkit.evaluate.seen import digest_of
from ragkit.train.fitting import calibration_error, fit, folds
from ragkit.train.gate import FEWEST, PRICE, Measured, fit_gate
from ragkit.train.router import SPREAD, STRENGTH
from ragkit.train.session import Fitted

PARTS = 5


def fit_known(
    reader: Any,
    measured: Sequence[Measured],
    *,
    left_out: int = 0,
    price: float = PRICE,
    count: int = 2,
    repeats: int = 20,
    seed: int = 0,
) -> Fitted:
    """Fits the classifier and its threshold.

    Each question's probability comes from a classifier that learned from the other questions, by parts of five; the
    threshold is then found and measured on these as that of any gate (``fit_gate``).

    Args:
        reader: The corpus's reader; its encoder makes the vectors.
        measured: What became of the questions; their uncertainties do not count.
        left_out: How many questions nothing is known of, for the report.
        price: What retrieving costs, in parts of a right answer.
        count: Parts of the cross-validation of the threshold.
        repeats: How often the parts are drawn.
        seed: What they are drawn from.

    Raises:
        UsageError: Too few questions needed retrieval, or too few needed none.
    """
    import numpy as np

    labels = np.array([NEEDED[one.needed is True] for one in measured])
    told = np.array([one.needed is not None for one in measured], dtype=bool)
    tallied = [int(np.sum(told & (labels == name))) for name in NEEDED]
    if min(tallied) < FEWEST:
        raise UsageError(
            f"gate.known learns from at least {FEWEST} questions that need retrieval and {FEWEST} that need none; "
            f"there are {tallied[1]} and {tallied[0]}, and {left_out + int(np.sum(~told))} of which it is not known",
            hint="give it more questions with answers, or other labels: --labels",
        )
    rows = question_features(reader, [one.question for one in measured])
    chances = np.empty(len(measured))
    same = [digest_of(one.question) for one in measured]
    wanted = [name if is_told else None for name, is_told in zip(labels.tolist(), told, strict=True)]
    for seen, unseen in folds(len(measured), PARTS, seed, same=same, labels=wanted):
        model = _fit(rows, labels, seen[told[seen]], reader.dimensions)
        chances[unseen] = model.probabilities(rows[unseen])[:, model.classes.index(NEEDED[1])]
    placed = [replace(one, uncertainty=float(chance)) for one, chance in zip(measured, chances, strict=True)]
    conditions = {"method": METHOD, "encoder": reader.encoder_identity}
    found = fit_gate(
        placed, conditions, left_out=left_out, price=price, count=count, repeats=repeats, seed=seed
    )  # fmt: skip
    whole = _fit(rows, labels, np.flatnonzero(told), reader.dimensions)
    error = calibration_error(chances[told], (labels[told] == NEEDED[1]).astype(float))
    state = {**conditions, "threshold": found.state["threshold"], "model": whole.as_state()}
    return Fitted(state, {**found.report, "calibration_error": error})


def _fit(rows: Any, labels: Any, places: Any, dimensions: int) -> Any:
    return fit(
        rows[places], labels[places].tolist(), feature_names(dimensions), strength=STRENGTH, fixed=(dimensions, SPREAD)
    )
