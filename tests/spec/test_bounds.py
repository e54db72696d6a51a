"""Bounds of a plan: calls, critical path, width."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ragkit.component import Calls, Need
from ragkit.spec.checking.bounds import bounds, heaviest_antichain
from tests.spec.compiling import GOOD, plan_of


def test_calls_of_a_map_and_a_loop_are_multiplied_and_those_of_branches_are_not_added() -> None:
    plan = plan_of(
        """
        lm: a/b
        steps:
          queries: {use: query.variants}
          kind: {use: route.kind}
          each:
            use: flow.map
            over: queries
            max_items: 3
            steps:
              ask:
                use: flow.loop
                max_rounds: 4
                steps:
                  hits: {use: make.passages, query: item}
                  draft: {use: generate.write, passages: hits, samples: 2}
                  more: {use: make.passages, query: draft.text}
                output: more
            output: ask
          found: {use: fuse.all, passages: each}
          choose:
            use: flow.route
            label: kind
            branches:
              none: {steps: {draft: {use: generate.write, passages: found, samples: 9}}, output: draft}
              single:
                steps:
                  a: {use: make.passages}
                  b: {use: make.passages}
                  both: {use: fuse.all, passages: [a, b]}
                  draft: {use: generate.write, passages: both}
                output: draft
              multi: {steps: {draft: {use: generate.quote, passages: found}}, output: draft}
        output: choose
        """
    )
    assert plan.calls == Calls(retrievals=3 * 4 * 2 + 2, lm=3 * 4 * 2 + 9)
    assert plan.needs == {Need.LM}


def test_the_critical_path_goes_through_flow_steps() -> None:
    plan = plan_of((GOOD / "branching.yaml").read_text(encoding="utf-8"))
    assert plan.critical_path == ("variants", "each.hits", "each.few", "pool", "answer")


def test_steps_side_by_side_make_the_width() -> None:
    plan = plan_of(
        """
        steps:
          a: {use: make.passages}
          b: {use: make.passages}
          c: {use: select.top, passages: a}
          d: {use: select.top, passages: b}
          e: {use: order.reverse, passages: b}
          all: {use: fuse.all, passages: [c, d, e]}
        output: all
        """
    )
    assert plan.width == 3
    assert plan.critical_path == ("a", "c", "all")


def test_a_map_is_as_wide_as_its_elements_and_a_first_takes_no_time() -> None:
    plan = plan_of((GOOD / "branching.yaml").read_text(encoding="utf-8"))
    assert plan.width == 4 + 1
    one = plan_of("steps: {a: {use: make.passages}, b: {use: flow.first, of: [a]}}\noutput: b")
    assert (one.width, one.critical_path) == (1, ("a",))


def test_branches_are_never_side_by_side() -> None:
    steps = "{a: {use: make.passages}, b: {use: make.passages}, c: {use: fuse.all, passages: [a, b]}}"
    branch = f"{{steps: {steps}, output: c}}"
    plan = plan_of(
        f"""
        steps:
          kind: {{use: route.any}}
          choose: {{use: flow.route, label: kind, branches: {{x: {branch}, y: {branch}, z: {branch}}}}}
        output: choose
        """
    )
    assert plan.width == 2
    assert plan.calls == Calls(retrievals=2)


def test_bounds_of_an_unchanged_graph_are_the_plans_own() -> None:
    plan = plan_of((GOOD / "scopes.yaml").read_text(encoding="utf-8"))
    found = bounds(plan.root)
    assert (found.calls, found.critical_path, found.width) == (plan.calls, plan.critical_path, plan.width)


@st.composite
def orders(draw: Any) -> tuple[list[tuple[int, ...]], list[int]]:
    size = draw(st.integers(0, 7))
    waits = [draw(st.sets(st.integers(0, index - 1), max_size=3)) if index else set() for index in range(size)]
    after = [tuple(sorted(one)) for one in waits]
    return after, [draw(st.integers(0, 4)) for _ in range(size)]


@given(orders())
def test_the_width_is_that_of_the_heaviest_set_without_order(drawn: tuple[list[tuple[int, ...]], list[int]]) -> None:
    after, weights = drawn
    before: list[set[int]] = []
    for waits in after:
        before.append(set(waits).union(*(before[index] for index in waits)))
    heaviest = 0
    for size in range(len(after) + 1):
        for chosen in combinations(range(len(after)), size):
            if all(left not in before[right] for left, right in combinations(chosen, 2)):
                heaviest = max(heaviest, sum(weights[index] for index in chosen))
    assert heaviest_antichain(after, weights) == heaviest
