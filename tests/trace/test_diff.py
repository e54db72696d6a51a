"""Two runs compared."""

from __future__ import annotations

import json
from typing import Any

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.trace.diff import PassageChange, _merged, as_dict, diff
from ragkit.trace.diff_story import render_diff
from ragkit.trace.model import Trace
from ragkit.types import Passage

from .samples import Recorder, adaptive_run, nested_run, ranked

keys = st.lists(st.sampled_from([(name, "") for name in "abcdefgh"]), unique=True)


@given(keys, keys)
def test_every_step_of_both_runs_is_compared_once(ours: list[tuple[str, str]], theirs: list[tuple[str, str]]) -> None:
    merged = list(_merged(dict.fromkeys(ours), dict.fromkeys(theirs)))
    assert sorted(merged) == sorted({*ours, *theirs})
    assert [key for key in merged if key in ours] == ours
    assert [key for key in merged if key not in ours] == [key for key in theirs if key not in ours]


def test_a_step_of_the_right_run_alone_stands_where_it_ran() -> None:
    merged = list(_merged(dict.fromkeys("abc"), dict.fromkeys("axbcy")))  # type: ignore[arg-type]
    assert merged == list("axbcy")


def changed(trace: Trace) -> Trace:
    trace.spans[1].params = {"buffer": 3}
    trace.result |= {"answer": "Another one [1]."}
    return trace


def test_what_differs_is_found() -> None:
    compared = diff(adaptive_run(), changed(adaptive_run(kept=5)))
    assert [step.changed for step in compared.steps] == [False, True, True]
    evidence = compared.steps[1]
    assert compared.first_change is evidence
    assert evidence.params == {"buffer": (1, 3)}
    assert evidence.counts == (3, 5)
    assert [(change.passage.id, change.left, change.right) for change in evidence.passages] == [
        ("doc3:0", None, 4),
        ("doc4:0", None, 5),
    ]
    assert evidence.decisions[0] is not None
    assert evidence.decisions[0].startswith("kept 3 of 8")
    assert evidence.seconds == pytest.approx((0.0003, 0.0003))
    assert compared.answers == ("It cuts at the largest gap [1].", "Another one [1].")
    assert [change.passage.id for change in compared.passages] == ["doc3:0", "doc4:0"]


def test_equal_runs_differ_in_nothing_but_time() -> None:
    left, right = adaptive_run(), adaptive_run()
    right.spans[0].ended += 10**9
    compared = diff(left, right)
    assert compared.first_change is None
    assert compared.passages == ()
    told = render_diff(compared)
    assert "Every step did the same in both runs." in told
    assert "Both gave the same answer." in told
    assert "12.4 ms → 1.01 s" in render_diff(compared, full=True)


def test_ranks_that_moved() -> None:
    left, right = Recorder(), Recorder()
    for record, order in ((left, (0, 1, 2)), (right, (2, 0, 1))):
        listed = ranked(3)
        record.step("rerank", "rerank.cross_encoder", outputs={"passages": type(listed)([listed[i] for i in order])})
    (step,) = diff(left.finish(), right.finish()).steps
    assert sorted((c.passage.id, c.left, c.right) for c in step.passages) == [
        ("doc0:0", 1, 2), ("doc1:0", 2, 3), ("doc2:0", 3, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("left", "right", "told"), [(None, 3, "gained"), (3, None, "lost"), (5, 2, "↑3"), (2, 5, "↓3")]
)
def test_a_change_of_rank_in_a_word(left: int | None, right: int | None, told: str) -> None:
    assert PassageChange(Passage("p", "d", "", ""), left, right).moved == told


def test_a_failure_and_another_component_are_changes() -> None:
    compared = diff(adaptive_run(), nested_run())
    answer = compared.steps[-1]
    assert answer.states == ("ok", "failed")
    told = render_diff(compared, width=200)
    assert "generate.extractive → generate.answer" in told
    assert "+ failed: step 'answer' (generate.answer) failed: no LM" in told
    assert "choose.multi.each.ask.hits [each[0]/ask#2]" in told
    assert "- candidates" in told


def test_values_that_are_arrays_can_be_compared() -> None:
    left, right = Recorder(), Recorder()
    left.step("a", "x.y", outputs={"vector": numpy.zeros(3)})
    right.step("a", "x.y", outputs={"vector": numpy.ones(3)})
    (step,) = diff(left.finish(), right.finish()).steps
    assert step.values == {"vector": ([0, 0, 0], [1, 1, 1])}


def test_conditions_that_differ_are_told() -> None:
    left, right = adaptive_run(), adaptive_run()
    right.conditions = {**right.conditions, "corpus_version": {"papers": "v4"}}
    right.pipeline = {**right.pipeline, "hash": "other"}
    right.question = "Another?"
    told = render_diff(diff(left, right))
    assert "corpus_version: {papers: “v3”} → {papers: “v4”}" in told
    assert "the pipelines differ" in told
    assert "+ Another?" in told


@pytest.mark.parametrize("pair", [(adaptive_run, nested_run), (nested_run, nested_run), (nested_run, adaptive_run)])
def test_the_comparison_is_json(pair: Any) -> None:
    data = json.loads(json.dumps(as_dict(diff(pair[0](), pair[1]())), allow_nan=False))
    assert data["left"]["pipeline"]["name"]
    assert data["answer"]["same"] is (pair[0] is pair[1])
    assert [step["changed"] for step in data["steps"]].count(True) == (0 if pair[0] is pair[1] else len(data["steps"]))


@pytest.mark.parametrize("width", [40, 100])
def test_no_line_is_wider_than_the_terminal_and_none_commands_it(width: int) -> None:
    evil = "\x1b[2J [red]x"
    left, right = adaptive_run(), adaptive_run(question=evil)
    right.result |= {"answer": evil}
    right.spans[0].params = {evil: evil}
    for color in (False, True):
        told = render_diff(diff(left, right), width=width, color=color)
        assert "\x1b[2J" not in told
        assert "[red]x" in told
    assert max(map(len, render_diff(diff(left, right), width=width).splitlines())) <= width
