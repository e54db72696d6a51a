"""References and conditions as functions of a frame."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from ragkit.engine.budget import Purse
from ragkit.engine.frame import NOTHING, Frame, Question
from ragkit.engine.values import condition, describe, reader, sources
from ragkit.ports import ANY, BOOL
from ragkit.spec.plan import AllOf, AnyOf, Budget, Condition, Constant, Gather, Not, Source
from ragkit.spec.plan import Test as PortTest
from ragkit.trace.model import Trace


def frame(*values: Any, parent: Frame | None = None) -> Frame:
    return Frame(Question(Trace("t", "q", {}, 0), Purse(Budget())), list(values), parent)


def source(slot: int, up: int = 0) -> Source:
    return Source(up, slot, ANY, f"s{slot}")


def test_a_source_reads_its_own_graph_and_outward() -> None:
    outer = frame("outermost")
    middle = frame("middle", parent=outer)
    inner = frame("inner", parent=middle)
    assert [reader(source(0, up))(inner) for up in (0, 1, 2)] == ["inner", "middle", "outermost"]


def test_gather_splices_lists_drops_what_is_missing_and_keeps_origins() -> None:
    gather = Gather((source(0), source(1), source(2), Constant("c", ANY)), (False, True, False, False))
    found = reader(gather)(frame("a", ["x", "y"], NOTHING))
    assert list(found) == ["a", "x", "y", "c"]
    assert found.origins == (0, 1, 1, 3)


def test_gather_of_an_empty_list_is_there_and_of_nothing_is_nothing() -> None:
    assert list(reader(Gather((source(0),), (True,)))(frame([]))) == []
    assert reader(Gather((source(0), source(1)), (True, False)))(frame(NOTHING, NOTHING)) is NOTHING


@pytest.mark.parametrize(
    ("op", "operand", "value", "expected"),
    [
        ("true", None, True, True),
        ("true", None, False, False),
        ("is", "multi", "multi", True),
        ("is", "multi", "single", False),
        ("at_least", 3, 3, True),
        ("at_least", 3, 2.9, False),
        ("at_most", 3, 3, True),
        ("at_most", 3, 4, False),
    ],
)
def test_a_port_test(op: Any, operand: Any, value: Any, expected: bool) -> None:
    assert condition(PortTest(source(0), op, operand))(frame(value)) is expected


@pytest.mark.parametrize("op", ["true", "is", "at_least", "at_most"])
def test_a_condition_on_nothing_is_false_and_so_is_its_negation(op: Any) -> None:
    test = PortTest(source(0), op, None if op == "true" else 1)
    assert condition(test)(frame(NOTHING)) is False
    assert condition(Not(test))(frame(NOTHING)) is False
    assert condition(Not(Not(test)))(frame(NOTHING)) is False


def test_any_and_all_follow_three_valued_logic() -> None:
    values = {True: True, False: False, None: NOTHING}
    a, b = PortTest(source(0)), PortTest(source(1))
    for left, right in itertools.product(values, repeat=2):
        at = frame(values[left], values[right])
        both: Condition = AllOf((a, b))
        either: Condition = AnyOf((a, b))
        assert condition(both)(at) is (left is True and right is True)
        assert condition(either)(at) is (left is True or right is True)
        assert condition(Not(both))(at) is (left is False or right is False)
        assert condition(Not(either))(at) is (left is False and right is False)


def test_a_condition_names_its_sources_and_reads_as_words() -> None:
    given = AllOf(
        (PortTest(Source(0, 0, BOOL, "judge.same")), Not(PortTest(Source(0, 1, ANY, "gate.p"), "at_least", 0.5)))
    )
    assert [s.text for s in sources(given)] == ["judge.same", "gate.p"]
    assert describe(given) == "(judge.same and not gate.p at least 0.5)"
