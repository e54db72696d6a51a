"""Spans as the tree they were."""

from __future__ import annotations

from ragkit.trace.tree import Branch, tree

from .samples import Recorder, nested_run


def count(branches: list[Branch]) -> int:
    return sum(1 + count([b for group in branch.groups for b in group.branches]) for branch in branches)


def test_rounds_elements_and_branches_are_groups() -> None:
    trace = nested_run()
    top = tree(trace)
    assert count(top) == len(trace.spans)
    assert [branch.span.step for branch in top] == ["gate", "choose", "rerank", "answer"]
    (branch,) = top[1].groups
    assert (branch.kind, branch.label) == ("branch", "multi")
    each = branch.branches[0]
    assert [(group.kind, group.number, group.item) for group in each.groups] == [
        ("element", 1, "what is k"),
        ("element", 2, "who chose it"),
    ]
    loop = each.groups[1].branches[0]
    found = [(group.kind, group.number, len(group.branches)) for group in loop.groups]
    assert found == [("round", 1, 2), ("round", 2, 2)]


def test_elements_that_ran_side_by_side_are_put_in_order() -> None:
    record = Recorder()
    each = record.step("each", "flow.map", inputs={"over": ["a", "b", "c"]})
    for number in (2, 0, 1, 0, 2):
        record.step("each.hits", "retrieve.dense", parent=each, frame=f"each[{number}]")
    (top,) = tree(record.finish())
    assert [(group.number, len(group.branches)) for group in top.groups] == [(1, 2), (2, 1), (3, 2)]


def test_an_included_file_has_no_number_and_spans_may_come_in_any_order() -> None:
    record = Recorder()
    outer = record.step("sub", "flow.pipeline")
    record.step("sub.hits", "retrieve.dense", parent=outer)
    trace = record.finish()
    trace.spans.reverse()
    (top,) = tree(trace)
    assert [group.kind for group in top.groups] == ["file"]
    assert top.groups[0].branches[0].span.step == "sub.hits"


def test_a_span_whose_parent_was_lost_stands_at_the_top() -> None:
    record = Recorder()
    orphan = record.step("a", "x.y")
    orphan.parent = 99
    assert [branch.span.step for branch in tree(record.finish())] == ["a"]
