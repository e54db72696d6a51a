"""Which questions are compared, and what is refused."""

from __future__ import annotations

import re

import pytest

from ragkit.errors import UsageError
from ragkit.evaluate.compare.alignment import align
from tests.evaluate.compare.making import row, side


def test_only_what_every_side_has_is_compared_in_the_order_of_the_baseline() -> None:
    sides = [
        side("A", [row("c"), row("a"), row("b")]),
        side("B", [row("a"), row("b"), row("c"), row("d")]),
        side("C", [row("b"), row("c")]),
    ]
    found = align(sides)
    assert found.ids == ("c", "b")
    assert found.left_out == {"A": ("a",), "B": ("a", "d"), "C": ()}


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"question": "What else?"}, "question is 'What is q?' in A and 'What else?' in B"),
        ({"answers": ["no"]}, "answers is ['yes'] in A and ['no'] in B"),
        ({"gold_ids": []}, "gold_ids is ['doc-q'] in A and [] in B"),
        ({"kind": "multi"}, "kind is 'single' in A and 'multi' in B"),
    ],
)
def test_one_id_with_two_meanings_is_an_error(change: dict, word: str) -> None:
    with pytest.raises(UsageError, match=re.escape(f"question 'q' is not the same on both sides: {word}")):
        align([side("A", [row("q")]), side("B", [row("q", **change)])])


def test_the_order_of_answers_and_documents_means_nothing() -> None:
    left, right = row("q", answers=["a", "b"], gold_ids=["d", "e"]), row("q", answers=["b", "a"], gold_ids=["e", "d"])
    assert align([side("A", [left]), side("B", [right])]).ids == ("q",)


def test_nothing_in_common_says_what_each_side_has() -> None:
    with pytest.raises(UsageError, match="no question in common: A has 'a'; B has 'b', 'c', 'd' …"):
        align([side("A", [row("a")]), side("B", [row("b"), row("c"), row("d"), row("e")])])
