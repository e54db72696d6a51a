"""The curve of a trained selector: what its points promise holds on the very questions it was measured on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.components.select._calibration import Calibration, Point, curve
from ragkit.errors import TrainedFileError, UsageError

ROW = st.lists(st.tuples(st.floats(0.001, 0.999), st.booleans(), st.integers(1, 300)), min_size=1, max_size=8)


def _kept(chance: list[float], threshold: float) -> list[int]:
    best = int(np.argmax(chance))
    return [i for i, value in enumerate(chance) if value >= threshold or i == best]


@given(st.lists(ROW, min_size=1, max_size=8))
def test_each_point_is_what_its_threshold_gives(questions: list[list[tuple[float, bool, int]]]) -> None:
    chances = [[chance for chance, _, _ in row] for row in questions]
    gains = [[float(hit) / max(1, sum(h for _, h, _ in row)) for _, hit, _ in row] for row in questions]
    tokens = [[size for _, _, size in row] for row in questions]
    flat = [chance for row in chances for chance in row]
    if np.any(np.diff(sorted(flat)) < 1e-12):
        return  # of equal probabilities, and of those with no number between, a threshold keeps all, the curve some
    found = curve(chances, gains, tokens)
    assert found.questions == len(questions)
    for point in found.points:
        kept = [_kept(chance, point.threshold) for chance in chances]
        recall = np.mean([sum(gain[i] for i in keep) for gain, keep in zip(gains, kept, strict=True)])
        spent = np.mean([sum(size[i] for i in keep) for size, keep in zip(tokens, kept, strict=True)])
        right = np.mean([sum(gain[i] > 0 for i in keep) / len(keep) for gain, keep in zip(gains, kept, strict=True)])
        assert (point.recall, point.tokens) == (pytest.approx(recall), pytest.approx(spent))
        assert point.precision == pytest.approx(right)
        assert point.kept == pytest.approx(np.mean([len(keep) for keep in kept]))


POINTS = (
    Point(0.5, 0.6, 0.9, 100, 1),
    Point(0.2, 0.8, 0.7, 200, 2),
    Point(0.1, 0.8, 0.75, 300, 3),
    Point(0, 0.9, 0.4, 900, 9),
)
CURVE = Calibration(POINTS, 40)


def test_targets_are_met_as_cheaply_as_can_be() -> None:
    assert CURVE.at_recall(0.8).threshold == 0.2
    assert CURVE.at_precision(0.75).threshold == 0.5
    assert CURVE.at_precision(0.7).threshold == 0.1
    assert CURVE.at_tokens(899).threshold == 0.1


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: CURVE.at_recall(0.95), r"recall of 0.95 was not reached on the 40 questions.*the most was 0.900"),
        (lambda: CURVE.at_precision(0.95), "precision of 0.95 was not reached.*0.900"),
        (lambda: CURVE.at_tokens(50), "one passage for each takes 100"),
    ],
)
def test_a_target_that_was_never_met_is_refused(ask: object, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        ask()  # type: ignore[operator]


def test_it_is_written_and_read_back() -> None:
    assert Calibration.from_state(CURVE.as_state(), "x") == CURVE


@pytest.mark.parametrize(
    "state",
    [
        None,
        {},
        {"columns": ["a"], "points": [[1]], "questions": 1},
        {**CURVE.as_state(), "points": [["x"]]},
        {**CURVE.as_state(), "points": []},
    ],
)
def test_damage_is_said(state: object) -> None:
    with pytest.raises(TrainedFileError, match="x is damaged"):
        Calibration.from_state(state, "x")
