"""Parts that teach nothing of themselves, labels that no part lacks, and features that are no numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.errors import UsageError
from ragkit.train.fitting import fit, folds


@given(st.integers(2, 60), st.integers(2, 10), st.integers(0, 5))
def test_every_item_is_foretold_once_from_all_others(n: int, count: int, seed: int) -> None:
    drawn = folds(n, count, seed)
    assert len(drawn) == min(n, count)
    assert sorted(place for _, part in drawn for place in part) == list(range(n))
    assert all(sorted([*others, *part]) == list(range(n)) for others, part in drawn)
    assert max(len(part) for _, part in drawn) - min(len(part) for _, part in drawn) <= 1


@given(st.lists(st.sampled_from("abcdefgh"), min_size=4, max_size=40), st.integers(2, 5), st.integers(0, 3))
def test_what_is_the_same_stands_in_one_part(same: list[str], count: int, seed: int) -> None:
    if len(set(same)) == 1:
        with pytest.raises(UsageError, match="too few different ones"):
            folds(len(same), count, seed, same=same)
        return
    try:
        drawn = folds(len(same), count, seed, same=same)
    except UsageError:
        return
    assert sorted(place for _, part in drawn for place in part) == list(range(len(same)))
    for others, part in drawn:
        assert not {same[place] for place in others} & {same[place] for place in part}
        assert len(others)


def test_different_questions_are_parted_as_if_nothing_were_said_of_them() -> None:
    plain, keyed = folds(20, 4, 3), folds(20, 4, 3, same=list(range(20)), labels=["a", "b"] * 10)
    for one, other in zip(plain, keyed, strict=True):
        assert [each.tolist() for each in one] == [each.tolist() for each in other]


@pytest.mark.parametrize("seed", range(30))
def test_no_label_is_missing_among_the_others(seed: int) -> None:
    labels = ["rare", "rare", *["often"] * 28, None, None]
    for others, _ in folds(len(labels), 2, seed, labels=labels):
        assert {labels[place] for place in others} >= {"rare", "often"}


def test_a_label_that_only_one_question_has_cannot_be_foretold() -> None:
    with pytest.raises(UsageError, match="10 questions cannot be parted so that each part is foretold from others"):
        folds(10, 2, 0, labels=["rare", *["often"] * 9])


@pytest.mark.parametrize("lost", [np.nan, np.inf])
def test_what_is_no_number_is_named(lost: float) -> None:
    rows = np.ones((6, 2))
    rows[3, 1] = lost
    with pytest.raises(UsageError, match=rf"the feature 'cosine' is no number \({lost}\) for 1 of 6 rows"):
        fit(rows, ["a", "b"] * 3, ["length", "cosine"])


def test_a_feature_that_never_changes_says_nothing() -> None:
    rows = np.array([[1.0, float(place)] for place in range(10)])
    model = fit(rows, ["low"] * 5 + ["high"] * 5, ["constant", "place"])
    near, far = model.probabilities(np.array([[1.0, 2.0], [50.0, 2.0]]))
    assert near == pytest.approx(far)
