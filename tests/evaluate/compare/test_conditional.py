"""Means over questions that each side chose itself."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragkit.evaluate.compare import compare
from ragkit.evaluate.compare.conditional import conditional_interval, conditional_p
from ragkit.evaluate.intervals import mean_interval, paired_interval, permutation_p
from tests.evaluate.compare.making import sides

choices = st.sampled_from([None, 0.0, 1.0])
pairs = st.lists(st.tuples(choices, choices), min_size=1, max_size=8)
known = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=12)


def mean(values):
    given = [value for value in values if value is not None]
    return sum(given) / len(given) if given else None


def test_two_sides_that_refuse_different_questions_are_told_apart() -> None:
    """A refuses ten questions wrongly; B refuses ten others rightly: on the pairs that both refused nothing differs."""
    a = [0.0] * 10 + [None] * 10 + [1.0]
    b = [None] * 10 + [1.0] * 10 + [1.0]
    found = compare(sides("abstention_precision", a, b)).measures["abstention_precision"]
    assert found.levels["A"].mean == pytest.approx(1 / 11)
    assert found.differences["B"].mean == pytest.approx(10 / 11)
    assert found.differences["B"].verdict == "better"
    assert (found.differences["B"].n, found.differences["B"].wins) == (21, None)
    assert found.document["sides"]["A"]["n"] == 11


@given(pairs)
@settings(max_examples=60)
def test_p_is_the_share_of_all_exchanges(column) -> None:
    a, b = [x for x, _ in column], [y for _, y in column]
    p = conditional_p(a, b)
    if mean(a) is None or mean(b) is None:
        assert p is None
        return
    observed = abs(mean(b) - mean(a))
    reached = []
    for swaps in itertools.product([False, True], repeat=len(column)):
        left = mean([y if swap else x for swap, (x, y) in zip(swaps, column, strict=True)])
        right = mean([x if swap else y for swap, (x, y) in zip(swaps, column, strict=True)])
        reached.append(left is None or right is None or abs(right - left) >= observed - 1e-12)
    assert p == pytest.approx(sum(reached) / len(reached))


@given(known)
@settings(max_examples=40)
def test_where_both_chose_every_question_it_is_the_paired_comparison(column) -> None:
    a, b = [x for x, _ in column], [y for _, y in column]
    ours, theirs = conditional_interval(a, b), paired_interval(a, b)
    assert ours.mean == pytest.approx(theirs.mean, abs=1e-12)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)
    assert conditional_p(a, b) == pytest.approx(permutation_p(a, b), abs=1e-9)


@given(pairs)
@settings(max_examples=40)
def test_exchanging_the_sides_turns_the_sign(column) -> None:
    a, b = [x for x, _ in column], [y for _, y in column]
    there, back = conditional_interval(a, b), conditional_interval(b, a)
    assert there.n == back.n
    if there.mean is not None:
        assert there.mean == pytest.approx(-back.mean)
    assert conditional_p(a, b) == pytest.approx(conditional_p(b, a)) or conditional_p(a, b) is None


def test_random_exchanges_agree_with_the_exact_ones() -> None:
    a, b = [1.0, None, 0.0] * 7, [None, 1.0, 1.0] * 7
    assert conditional_p(a, b) == pytest.approx(conditional_p(a, b, seed=1), abs=0.02)
    assert conditional_interval(a, b).mean == pytest.approx(mean_interval(b).mean - mean_interval(a).mean)
