"""select.unseen: what a list holds and another does not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.components.select.unseen import Unseen
from ragkit.types import Passages
from tests.components.helpers import ids, passage

SOME = st.lists(st.sampled_from([f"{doc}{n}" for doc in "xyz" for n in range(3)]), unique=True)


def make(*names):
    return Passages([passage(name, doc=name[0], cosine=1 / (1 + n)) for n, name in enumerate(names)], "cosine")


@given(found=SOME, known=SOME, by=st.sampled_from(["passage", "document"]))
def test_it_is_the_difference_in_the_order_of_the_list(found, known, by):
    listed = make(*found)
    kept = Unseen(Unseen.Params(by=by)).run(listed, make(*known)).value
    before = set(known) if by == "passage" else {name[0] for name in known}
    assert ids(kept) == [name for name in found if (name if by == "passage" else name[0]) not in before]
    assert kept.ranked_by == "cosine"


@pytest.mark.parametrize("known", [None, Passages()])
def test_a_first_round_knows_nothing(known):
    listed = make("x0", "y0")
    result = Unseen(Unseen.Params()).run(listed, known)
    assert result.value == listed
    assert result.decision.reason == "kept 2 of 2: nothing was known before"


def test_the_decision_counts_what_went():
    result = Unseen(Unseen.Params(by="document")).run(make("x0", "x1", "y0"), make("x2", "z0"))
    assert ids(result.value) == ["y0"]
    assert result.decision.reason == "kept 1 of 3: 2 stood among the 2 documents that are known"
    assert (result.decision.kept, result.decision.of) == (1, 3)


def test_a_merged_passage_is_known_when_all_its_parts_are():
    merged = Passages([replace(passage("x0-1", doc="x"), parts=("x0", "x1"))])
    step = Unseen(Unseen.Params())
    assert ids(step.run(merged, make("x0")).value) == ["x0-1"]
    assert ids(step.run(merged, make("x0", "x1")).value) == []
    assert ids(step.run(make("x1", "x2"), merged).value) == ["x2"]
