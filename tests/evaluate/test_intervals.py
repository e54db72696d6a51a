"""Intervals and tests: exact small cases, invariants, and coverage on simulated data."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.evaluate.intervals import (
    Interval,
    differences,
    mean_interval,
    paired_interval,
    permutation_p,
    proportion_interval,
    quantile_interval,
    resampled,
)

numbers = st.floats(-100, 100, allow_nan=False).map(lambda value: round(value, 3))
lists = st.lists(numbers, min_size=2, max_size=30)
pairs = st.lists(st.tuples(numbers, numbers), min_size=1, max_size=8)


@given(lists)
def test_the_interval_holds_the_mean_and_lies_within_the_values(values: list[float]) -> None:
    found = mean_interval(values, resamples=200)
    assert found.n == len(values)
    assert found.mean == pytest.approx(sum(values) / len(values), abs=1e-9)
    assert found.low is not None and found.high is not None and found.mean is not None
    assert min(values) - 1e-9 <= found.low <= found.high <= max(values) + 1e-9


@given(lists, numbers)
def test_shifting_every_value_shifts_the_interval(values: list[float], by: float) -> None:
    plain, shifted = (mean_interval(each, resamples=100) for each in (values, [value + by for value in values]))
    for name in ("mean", "low", "high"):
        assert getattr(shifted, name) == pytest.approx(getattr(plain, name) + by, abs=1e-6)


def test_values_that_are_not_there_are_left_out() -> None:
    assert mean_interval([None, 1.0, None, 0.0]) == mean_interval([1.0, 0.0])
    assert mean_interval([]) == Interval(None, None, None, 0)
    assert mean_interval([None]) == Interval(None, None, None, 0)
    assert mean_interval([0.5]) == Interval(0.5, None, None, 1), "one question has no interval"
    assert mean_interval([1.0, 1.0]).as_dict() == {"mean": 1.0, "low": 1.0, "high": 1.0, "n": 2}


def test_the_same_seed_gives_the_same_interval_and_another_one_another() -> None:
    values = [math.sin(number) for number in range(50)]
    assert mean_interval(values, seed=1) == mean_interval(values, seed=1)
    assert mean_interval(values, seed=1) != mean_interval(values, seed=2)


@pytest.mark.parametrize("n", [3, 700, 3000])
def test_resamples_are_counts_of_n_questions(n: int) -> None:
    drawn = list(resampled(n, 0, 1500))
    assert sum(len(counts) for counts in drawn) == 1500
    for counts in drawn:
        assert counts.shape[1] == n
        assert np.array_equal(counts.sum(axis=1), np.full(len(counts), n))
    assert np.concatenate(drawn).mean(axis=0) == pytest.approx(np.ones(n), abs=0.2)


def test_the_interval_is_that_of_a_plain_bootstrap() -> None:
    values = np.random.default_rng(5).exponential(size=60)
    rng = np.random.default_rng(6)
    means = [rng.choice(values, 60).mean() for _ in range(20_000)]
    found = mean_interval(values.tolist(), resamples=20_000)
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(means, [0.025, 0.975])), abs=0.01)


@given(pairs)
def test_paired_is_b_minus_a(both: list[tuple[float, float]]) -> None:
    a, b = [left for left, _ in both], [right for _, right in both]
    there, back = paired_interval(a, b, resamples=100), paired_interval(b, a, resamples=100)
    assert there.mean == pytest.approx(sum(b) / len(b) - sum(a) / len(a), abs=1e-9)
    assert there.mean == pytest.approx(-(back.mean or 0.0), abs=1e-9)


def test_pairs_of_which_one_is_missing_are_left_out() -> None:
    assert differences([1, None, 3], [2, 2, None]) == [1, None, None]
    assert paired_interval([1.0, None], [2.0, 5.0]).n == 1
    with pytest.raises(ValueError, match=r"shorter|longer"):
        paired_interval([1.0], [1.0, 2.0])


@given(pairs)
def test_the_permutation_test_is_exact_for_few_questions(both: list[tuple[float, float]]) -> None:
    a, b = [left for left, _ in both], [right for _, right in both]
    moved = [right - left for left, right in both]
    observed = abs(sum(moved))
    every = [
        abs(sum(s * m for s, m in zip(signs, moved, strict=True)))
        for signs in itertools.product((1, -1), repeat=len(moved))
    ]
    expected = sum(value >= observed - 1e-7 for value in every) / len(every)
    assert permutation_p(a, b) == pytest.approx(expected)


def test_permutation_by_hand() -> None:
    assert permutation_p([0, 0, 0, 0], [1, 1, 1, 1]) == pytest.approx(2 / 16)
    assert permutation_p([1, 1, 1], [1, 1, 1]) == 1.0
    assert permutation_p([0] * 50, [1] + [0] * 49) == 1.0, "one difference proves nothing"
    assert permutation_p([None], [1.0]) is None
    assert permutation_p([], []) is None


def test_many_questions_are_permuted_at_random_and_agree_with_the_exact_value() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.random(14), rng.random(14) + 0.2
    exact = permutation_p(a.tolist(), b.tolist())
    assert exact is not None
    # 15 differences, of which one hardly counts: no longer exact, and nearly the same question.
    near = permutation_p([*a.tolist(), 0.0], [*b.tolist(), 1e-9])
    assert near == pytest.approx(exact, abs=0.02)
    assert permutation_p([0.0] * 100, [1.0] * 100) == pytest.approx(1 / 10_001), "never 0"


def test_wilson() -> None:
    assert proportion_interval(0, 0) == Interval(None, None, None, 0)
    found = proportion_interval(8, 10)
    assert (found.mean, found.low, found.high) == pytest.approx((0.8, 0.4902, 0.9433), abs=1e-4)
    assert proportion_interval(14, 14).low == pytest.approx(0.7847, abs=1e-4), "a bootstrap would say 1"
    assert proportion_interval(0, 5).low == 0.0
    with pytest.raises(ValueError, match="6 successes of 5"):
        proportion_interval(6, 5)


@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_proportion(counted: tuple[int, int]) -> None:
    found = proportion_interval(*counted)
    assert found.low is not None and found.high is not None and found.mean is not None
    assert 0 <= found.low <= found.mean <= found.high <= 1
    mirrored = proportion_interval(counted[1] - counted[0], counted[1])
    assert mirrored.low == pytest.approx(1 - found.high)


def test_quantiles() -> None:
    found = quantile_interval([*range(101)], 0.95)
    assert found.mean == 95
    assert found.low is not None and found.high is not None
    assert 85 <= found.low < 95 < found.high <= 100
    assert quantile_interval([2.0], 0.5) == Interval(2.0, None, None, 1)
    assert quantile_interval([None], 0.5).mean is None


@pytest.mark.slow
def test_ninety_five_intervals_of_a_hundred_hold_the_true_mean() -> None:
    rng = np.random.default_rng(7)
    for draw, truth in ((lambda: rng.binomial(1, 0.7, 80), 0.7), (lambda: rng.exponential(1.0, 80), 1.0)):
        found = [mean_interval(draw().astype(float).tolist(), resamples=1000) for _ in range(1000)]
        covered = np.mean([(each.low or 0.0) <= truth <= (each.high or 0.0) for each in found])
        # Standard error of the share: 0.007; the percentile bootstrap is known to be a little narrow at n = 80.
        assert 0.915 <= covered <= 0.97, covered


@pytest.mark.slow
def test_the_permutation_test_errs_as_often_as_it_says() -> None:
    rng = np.random.default_rng(8)
    found = []
    for _ in range(600):
        a = rng.normal(size=20)
        found.append(permutation_p(a.tolist(), (a + rng.normal(size=20)).tolist(), permutations=999) or 0.0)
    assert np.mean(np.array(found) <= 0.05) == pytest.approx(0.05, abs=0.03)
