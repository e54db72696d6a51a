"""A logistic regression as data: probabilities, reasons, and what a damaged file is told."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.linear_model import LogisticRegression

from ragkit.components.logistic import Logistic
from ragkit.errors import TrainedFileError
from ragkit.train.fitting import fit

NAMES = ("a", "b", "c")


def _model(classes: int, seed: int = 0) -> tuple[Logistic, Any, list[str]]:
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(60, 3)) * [1, 10, 0.1] + [0, 5, 0]
    labels = [f"class{int(value)}" for value in rng.integers(0, classes, size=60)]
    return fit(rows, labels, NAMES, strength=0.5), rows, labels


@pytest.mark.parametrize("classes", [2, 3])
def test_probabilities_are_those_of_scikit_learn(classes: int) -> None:
    model, rows, labels = _model(classes)
    standard = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    expected = LogisticRegression(C=0.5, max_iter=2000).fit(standard, labels).predict_proba(standard)
    assert model.probabilities(rows) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("classes", [2, 3])
def test_written_and_read_it_decides_the_same(classes: int) -> None:
    model, rows, _ = _model(classes)
    read = Logistic.from_state(json.loads(json.dumps(model.as_state())), NAMES, "x.json")
    assert read.probabilities(rows) == pytest.approx(model.probabilities(rows), abs=1e-7)


@given(arrays(np.float64, (4, 3), elements=st.floats(-1e6, 1e6)))
def test_rows_sum_to_one_whatever_the_features(rows: Any) -> None:
    model, _, _ = _model(3)
    found = model.probabilities(rows)
    assert np.isfinite(found).all()
    assert found.sum(axis=1) == pytest.approx([1, 1, 1, 1])


@pytest.mark.parametrize("classes", [2, 3])
def test_contributions_add_up_to_the_score(classes: int) -> None:
    model, rows, _ = _model(classes)
    of = model.classes[-1]
    total = sum(value for _, value in model.contributions(rows[0], of)) + model.bias[-1]
    shares = model.probabilities(rows[:1])[0]
    if classes == 2:
        assert np.log(shares[1] / shares[0]) == pytest.approx(total)
        negative = sum(value for _, value in model.contributions(rows[0], model.classes[0]))
        assert negative == pytest.approx(-(total - model.bias[-1]))
    else:
        others = [
            sum(v for _, v in model.contributions(rows[0], c)) + model.bias[i] for i, c in enumerate(model.classes)
        ]
        assert np.exp(total) / np.exp(others).sum() == pytest.approx(shares[-1])


def test_a_feature_that_never_changed_says_nothing() -> None:
    rows = np.column_stack([np.arange(20.0), np.full(20, 7.0)])
    model = fit(rows, ["no"] * 10 + ["yes"] * 10, ("moves", "stands"))
    shifted = rows + np.array([0, 1])
    assert np.abs(model.probabilities(shifted) - model.probabilities(rows)).max() < 1e-9


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"weights": None}, "is damaged"),
        ({"mean": [1.0, 2.0]}, "do not fit its 3 features"),
        ({"scale": [1.0, 0.0, 1.0]}, "a scale is 0"),
        ({"bias": [True]}, "where numbers should be"),
        ({"bias": [0.1, 0.2]}, "do not fit"),
        ({"names": ["a", "b", "d"]}, "other features than this step computes: 'd' is not one of them"),
    ],
)
def test_damage_is_said(change: dict[str, Any], said: str) -> None:
    state = {**_model(2)[0].as_state(), **change}
    if change.get("weights", 0) is None:
        del state["weights"]
    with pytest.raises(TrainedFileError, match=said):
        Logistic.from_state(state, NAMES, "the trained file 'x.json'")
