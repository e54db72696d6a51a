"""Evidence over rounds, with a bound."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ragkit.components.fuse.collect import Collect
from ragkit.types import Passages
from tests.components.helpers import ids, passage

names = st.lists(st.sampled_from("abcdefgh"), unique=True)


def some(letters):
    return Passages([passage(letter, cosine=0.5) for letter in letters], "cosine")


def run(seen, found, most):
    return Collect(Collect.Params(most=most)).run(some(seen), some(found))


def test_new_ones_come_behind_until_it_is_full():
    result = run("ab", "bcde", 4)
    assert ids(result.value.passages) == ["a", "b", "c", "d"] and ids(result.value.new) == ["c", "d"]
    assert result.value.full and not result.value.stale
    assert result.value.new.ranked_by == "cosine" and result.value.passages.ranked_by is None
    assert result.decision.reason == "2 of 4 passages new, 4 in all, at most 4; no room for 1"
    assert (result.decision.score, result.decision.threshold) == (4.0, 4.0)


def test_nothing_new_is_stale_and_higher_scores_come_along():
    again = Passages([passage("a", cosine=0.9)], "cosine")
    value = Collect(Collect.Params()).run(some("ab"), again).value
    assert value.stale and not value.full and len(value.new) == 0
    assert value.passages[0].scores["cosine"] == 0.9


@given(names, names, st.integers(1, 9))
def test_what_was_there_stays_and_the_bound_holds(seen, found, most):
    value = run(seen, found, most).value
    got = ids(value.passages)
    assert got[: len(seen)] == seen
    assert got[len(seen) :] == ids(value.new) == [one for one in found if one not in seen][: max(most - len(seen), 0)]
    assert len(got) <= max(most, len(seen))
    assert value.full == (len(got) >= most) and value.stale == (not ids(value.new))
