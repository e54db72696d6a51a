"""How ranks move."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ragkit.trace.model import Span
from ragkit.trace.movement import movement
from ragkit.types import Answer, Parts, Passage, Passages

from .samples import nested_run, ranked

ids = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=8)


def listed(names: list[str]) -> Passages:
    return Passages(Passage(name, name, name, name) for name in names)


def span(inputs: dict[str, Any], outputs: dict[str, Any], kind: str = "CHAIN") -> Span:
    made = Span(0, None, "s", "x.y", kind, "", 0)
    made.inputs, made.outputs = inputs, outputs
    return made


@given(ids, ids)
def test_every_passage_is_given_or_dropped_and_ranks_are_those_of_the_list(before: list[str], after: list[str]) -> None:
    moved = movement(span({"passages": listed(before)}, {"passages": listed(after)}))
    assert moved is not None
    assert [move.passage.id for move in moved.moves] == after
    assert {p.id for p in moved.dropped} == set(before) - set(after)
    for move in moved.moves:
        assert after[move.rank - 1] == move.passage.id
        (old,) = move.before
        assert old is None if move.passage.id not in before else before[old - 1] == move.passage.id
    assert moved.cuts_only == (after == before[: len(after)])


@given(st.lists(ids, min_size=2, max_size=4), ids)
def test_each_list_that_came_in_has_its_own_ranks(lists: list[list[str]], after: list[str]) -> None:
    moved = movement(span({"passages": Parts(map(listed, lists))}, {"passages": listed(after)}))
    assert moved is not None
    for move in moved.moves:
        id = move.passage.id
        assert move.before == tuple(each.index(id) + 1 if id in each else None for each in lists)
    assert not moved.cuts_only


def test_arrows() -> None:
    moved = movement(span({"passages": listed(["a", "b", "c"])}, {"passages": listed(["c", "b", "x"])}))
    assert moved is not None
    assert [move.arrow for move in moved.moves] == ["↑2", "=", "new"]
    moved = movement(span({"passages": Parts([listed(["a"]), listed(["b", "a"])])}, {"passages": listed(["b", "a"])}))
    assert moved is not None
    assert [move.arrow for move in moved.moves] == ["– 1", "1 2"]


def test_a_passage_that_stands_twice_has_its_first_rank() -> None:
    moved = movement(span({"passages": listed(["a", "b", "a"])}, {"passages": listed(["a"])}))
    assert moved is not None
    assert moved.moves[0].before == (1,)


def test_the_parts_of_a_merged_passage_are_not_dropped() -> None:
    merged = Passages([Passage("m", "d", "", "", parts=("a", "b"))])
    moved = movement(span({"passages": listed(["a", "b", "c"])}, {"passages": merged}))
    assert moved is not None
    assert [p.id for p in moved.dropped] == ["c"]


def test_what_a_retriever_read_is_not_dropped() -> None:
    moved = movement(span({"passages": listed(["a", "b"])}, {"passages": listed(["x"])}, "RETRIEVER"))
    assert moved is not None
    assert (moved.dropped, [move.arrow for move in moved.moves]) == ((), ["new"])


def test_steps_without_passages_have_none_and_answers_give_theirs() -> None:
    assert movement(span({"question": "x"}, {"text": "y"})) is None
    moved = movement(span({"passages": ranked(3)}, {"answer": Answer("x", passages=ranked(1))}))
    assert moved is not None
    assert moved.cuts_only
    assert movement(nested_run().spans[-2]) is not None
