"""Many columns at once give what ``ragkit.evaluate.intervals`` gives for each of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragkit.evaluate.compare.batched import mean_intervals, permutation_ps
from ragkit.evaluate.intervals import mean_interval, paired_interval, permutation_p

numbers = st.sampled_from([0.0, 0.25, 0.5, 1.0, 1 / 3, -0.75])


@st.composite
def matrices(draw, most: int) -> np.ndarray:
    questions, columns = draw(st.integers(1, most)), draw(st.integers(1, 4))
    return np.array(
        draw(st.lists(st.lists(numbers, min_size=columns, max_size=columns), min_size=questions, max_size=questions))
    )


@given(matrices(40))
@settings(max_examples=40)
def test_intervals_are_those_of_each_column_alone(columns: np.ndarray) -> None:
    for found, column in zip(mean_intervals(columns), columns.T, strict=True):
        alone = mean_interval(column.tolist())
        assert found.n == alone.n
        assert [found.mean, found.low, found.high] == pytest.approx([alone.mean, alone.low, alone.high], abs=1e-12)
        zeros = [0.0] * len(column)
        assert found.mean == pytest.approx(paired_interval(zeros, column.tolist()).mean)


@given(matrices(14))
@settings(max_examples=40)
def test_few_questions_are_tested_exactly(moved: np.ndarray) -> None:
    assert permutation_ps(moved) == [permutation_p([0.0] * len(moved), column.tolist()) for column in moved.T]


def test_many_questions_are_tested_as_one_column_alone_is() -> None:
    rng = np.random.default_rng(0)
    moved = rng.normal([0.0, 0.01, 0.03, 0.3], 0.1, (200, 4))
    alone = [permutation_p([0.0] * 200, column.tolist()) for column in moved.T]
    assert permutation_ps(moved) == pytest.approx(alone, abs=0.02)
    assert permutation_ps(moved)[3] == 1 / 10_001


def test_few_and_many_stand_side_by_side() -> None:
    """One column with three differences among a hundred questions, one with a hundred."""
    moved = np.zeros((100, 2))
    moved[:3, 0] = 1.0
    moved[:, 1] = np.where(np.arange(100) % 2, 1.0, -1.0)
    few, many = permutation_ps(moved)
    assert few == 2 / 2**3
    assert many == 1.0


def test_equal_values_have_an_interval_without_width() -> None:
    found = mean_intervals(np.full((7, 1), 0.1))[0]
    assert (found.low, found.high) == (found.mean, found.mean)
