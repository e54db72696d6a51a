"""A plan cut after a step keeps what that step waits for, and runs like the whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from ragkit.errors import UsageError
from ragkit.spec.cut import cut_after, steps_of
from ragkit.spec.load import load_text
from ragkit.spec.plan import Plan
from tests.components_for_tests import CATALOGUE

TEXT = """
version: 1
steps:
  left: {use: make.passages, n: 2}
  right: {use: make.passages, n: 3, prefix: q}
  both: {use: flow.first, of: [left, right]}
  ask:
    use: flow.loop
    max_rounds: 2
    carry: {seen: {value: []}}
    steps:
      more: {use: make.passages, n: 1}
      all: {use: fuse.all, passages: [carry.seen, more]}
    next: {seen: all}
    output: all
  end: {use: flow.first, of: [both, ask]}
output: end
"""


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load_text(TEXT, "p.yaml", base=Path(), catalogue=CATALOGUE)


def test_only_what_is_waited_for_is_left(plan: Plan) -> None:
    cut = cut_after(plan, "both")
    assert [step.name for step in cut.root.steps] == ["left", "right", "both"]
    assert cut.root.steps[2].after == (0, 1)
    assert cut.root.main_output.slot == cut.root.steps[2].first_slot
    assert cut.hash != plan.hash


def test_an_inner_step_ends_at_the_flow_around_it(plan: Plan) -> None:
    assert [step.name for step in cut_after(plan, "ask.more").root.steps] == ["ask"]


def test_every_step_is_found(plan: Plan) -> None:
    assert sorted(step.path for step in steps_of(plan.root)) == [
        "ask",
        "ask.all",
        "ask.more",
        "both",
        "end",
        "left",
        "right",
    ]


def test_an_unknown_step_is_told_with_the_nearest(plan: Plan) -> None:
    with pytest.raises(UsageError, match="no step 'lefd'; did you mean 'left'"):
        cut_after(plan, "lefd")
