"""Orders: nothing is lost, and the order is the one promised."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.components.order.best_last import BestLast
from ragkit.components.order.by_document import ByDocument
from ragkit.components.order.by_score import ByScore
from ragkit.errors import UsageError
from ragkit.types import Passages
from tests.components.helpers import ids, passage, ranked


def make(cls, **parameters):
    return cls(cls.Params(**parameters))


@pytest.mark.parametrize("cls", [ByScore, ByDocument, BestLast])
@given(st.lists(st.tuples(st.sampled_from("xyz"), st.integers(0, 5), st.floats(-1, 1)), max_size=20))
def test_nothing_is_lost(cls, raw):
    found = Passages([passage(f"p{i}", doc=d, ordinal=o, cosine=s) for i, (d, o, s) in enumerate(raw)], "cosine")
    found = Passages(sorted(found, key=lambda p: -p.scores["cosine"]), "cosine")
    assert sorted(ids(make(cls).run(found).value)) == sorted(ids(found))


def test_by_score():
    both = Passages([passage("a", cosine=0.2, bm25=9), passage("b", cosine=0.7, bm25=1)], "bm25")
    assert ids(make(ByScore).run(both).value) == ["a", "b"]
    result = make(ByScore, score="cosine").run(both)
    assert ids(result.value) == ["b", "a"]
    assert result.value.ranked_by == "cosine"
    assert result.decision.reason == "ordered 2 passages by 'cosine'; 2 of them moved"


def test_by_score_needs_one():
    with pytest.raises(UsageError, match="was not ordered by a score"):
        make(ByScore).run(Passages([passage("a", cosine=0.2)]))
    assert make(ByScore, score="cosine").run(Passages()).value.ranked_by == "cosine"


def test_by_document_groups_in_the_order_of_the_best_and_of_the_text():
    found = Passages(
        [
            passage("y3", doc="y", ordinal=3, cosine=0.9),
            passage("x0", doc="x", cosine=0.8),
            passage("y1", doc="y", ordinal=1, cosine=0.7),
            passage("z2", doc="z", ordinal=2, cosine=0.6),
            passage("x5", doc="x", ordinal=5, cosine=0.5),
        ],
        "cosine",
    )
    result = make(ByDocument).run(found)
    assert ids(result.value) == ["y1", "y3", "x0", "x5", "z2"]
    assert result.value.ranked_by is None
    assert result.decision.reason == "grouped 5 passages under 3 documents"


@pytest.mark.parametrize(
    ("shape", "count", "order"),
    [("rising", 4, "3210"), ("edges", 5, "13420"), ("edges", 4, "1320"), ("edges", 2, "10"), ("edges", 1, "0")],
)
def test_best_last(shape, count, order):
    result = make(BestLast, shape=shape).run(ranked([1 - i / 10 for i in range(count)]))
    assert ids(result.value) == [f"p{i}" for i in order]
    assert result.value.ranked_by is None
    assert result.warnings == ()


def test_best_last_says_when_it_does_not_know_the_best():
    assert "was not ordered by a score" in make(BestLast).run(Passages(ranked([0.1, 0.2]))).warnings[0]
