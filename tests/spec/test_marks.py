"""Search marks: what they are, what is chosen, and what the search space says of them."""

from __future__ import annotations

from typing import Any

import pytest

from ragkit.component import Calls
from ragkit.errors import SpecError
from ragkit.spec.load import load
from ragkit.spec.plan import Plan, SearchMark
from ragkit.spec.written.mark_form import allows, describe, same
from tests.components_for_tests import CATALOGUE
from tests.spec.compiling import GOOD, codes_of, findings_of, plan_of, steps_of


def choices(**given: Any) -> Plan:
    renamed = {name.replace("__", "."): value for name, value in given.items()}
    return load(GOOD / "choices.yaml", catalogue=CATALOGUE, env={}, choices=renamed)


def space(plan: Plan) -> dict[str, SearchMark]:
    return {mark.path: mark for mark in plan.space}


def test_a_plain_load_takes_the_defaults() -> None:
    plan = choices()
    assert plan.choices == {"ranked.use": "top", "ranked.top.k": 5, "short.enabled": True, "short.k": 2}
    assert steps_of(plan)["ranked"].use == "select.top"
    assert steps_of(plan)["ranked"].params.k == 5


def test_the_space_names_every_mark_and_what_it_hangs_on() -> None:
    marks = space(choices())
    assert list(marks) == ["ranked.use", "short.enabled", "ranked.top.k", "short.k"], "what others hang on comes first"
    assert marks["ranked.use"].kind == "one_of"
    assert marks["ranked.use"].choices == ("top", "back", "parts")
    assert marks["ranked.use"].default == "top"
    assert marks["ranked.top.k"].when == (("ranked.use", "top"),)
    assert (marks["ranked.top.k"].low, marks["ranked.top.k"].high, marks["ranked.top.k"].step) == (1, 9, 2)
    assert marks["ranked.top.k"].integer
    assert marks["short.k"].when == (("short.enabled", True),)
    assert marks["short.enabled"].choices == (True, False)
    place = marks["short.k"].position
    assert place is not None
    assert place.line == 18


def test_a_value_is_chosen_by_path() -> None:
    plan = choices(ranked__top__k=7, short__k=1)
    assert steps_of(plan)["ranked"].params.k == 7
    assert steps_of(plan)["short"].params.k == 1
    assert plan.choices["ranked.top.k"] == 7
    assert plan.hash != choices().hash


def test_another_alternative_takes_the_place_of_the_step() -> None:
    plan = choices(ranked__use="back")
    ranked = steps_of(plan)["ranked"]
    assert (ranked.use, ranked.path) == ("order.reverse", "ranked")
    assert plan.choices == {"ranked.use": "back", "short.enabled": True, "short.k": 2}, (
        "without marks that do not count"
    )
    assert [mark.path for mark in plan.space] == [mark.path for mark in choices().space]


def test_an_alternative_with_steps_inside_adds_its_own_name() -> None:
    plan = choices(ranked__use="parts")
    assert "ranked.parts.few" in steps_of(plan)
    assert plan.calls == Calls(retrievals=1)


def test_a_disabled_step_hands_on_its_input() -> None:
    plan = choices(short__enabled=False)
    assert "short" not in steps_of(plan)
    answer = steps_of(plan)["answer"].inputs["passages"]
    direct = plan_of(
        """
        steps:
          found: {use: make.passages, n: 9}
          ranked: {use: select.top, passages: found, k: 5}
          answer: {use: generate.quote, passages: ranked}
        output: answer
        """
    )
    assert answer.slot == steps_of(direct)["answer"].inputs["passages"].slot  # type: ignore[union-attr]
    assert answer.text == "short", "what the person wrote"  # type: ignore[union-attr]
    assert "short.k" not in plan.choices
    assert plan.hash == direct.hash


def test_several_disabled_steps_in_a_row_hand_on() -> None:
    plan = plan_of(
        """
        steps:
          found: {use: make.passages}
          a: {use: select.top, passages: found, enabled: false}
          b: {use: order.reverse, passages: a, enabled: false}
          each: {use: flow.map, over: words, max_items: 2, steps: {c: {use: fuse.all, passages: [b]}}, output: c}
          words: {use: query.variants}
          d: {use: fuse.all, passages: each}
          e: {use: fuse.all, passages: [d, b]}
        output: e
        """
    )
    steps = steps_of(plan)
    assert set(steps) == {"found", "each", "each.c", "words", "d", "e"}
    inner = steps["each.c"].inputs["passages"].elements[0]  # type: ignore[union-attr]
    assert (inner.up, inner.slot) == (1, 2)  # type: ignore[union-attr]
    assert plan.root.steps[steps["e"].after[0]].name == "found"


def test_the_step_that_only_a_disabled_one_reads_does_not_run_and_that_is_said() -> None:
    text = """
        steps:
          found: {use: make.passages}
          size: {use: query.size, text: question}
          few: {use: select.top, passages: found, k: {from: size}, enabled: {choice: [true, false], default: true}}
        output: few
        """
    assert "size" in steps_of(plan_of(text))
    plan = plan_of(text, choices={"few.enabled": False})
    assert set(steps_of(plan)) == {"found"}
    assert plan.notes == ("step 'size' does not run: nothing that runs reads it under these choices",)


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        ("passages: {value: []}", "which is a literal here"),
        ("passages: [{value: []}]", "which is a literal here"),
        ("passages: [found, more]", "which reads several here"),
        ("passages: each", "which is list[list[Passage]] here, and its readers expect list[Passage]"),
    ],
)
def test_what_a_step_that_is_left_out_hands_on_must_be_one_port(keys: str, found: str) -> None:
    text = f"""
        steps:
          found: {{use: make.passages}}
          more: {{use: make.passages}}
          queries: {{use: query.variants}}
          each: {{use: flow.map, over: queries, max_items: 2, steps: {{a: {{use: make.passages}}}}, output: a}}
          all: {{use: fuse.all, {keys}, enabled: false}}
          rest: {{use: fuse.all, passages: [all, found, more, each]}}
        output: rest
        """
    (finding,) = findings_of(text)
    assert finding.code == "passthrough"
    assert finding.message.endswith(found)


def test_a_value_without_effect_is_noted() -> None:
    assert choices(ranked__use="back", ranked__top__k=7).notes == (
        "ranked.top.k = 7 has no effect while ranked.use is 'back'",
    )
    assert choices(short__enabled=False, short__k=1).notes == (
        "short.k = 1 has no effect while short.enabled is False",
    )
    assert choices(ranked__top__k=7).notes == ()


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("ranked.top.k", 4, "mark-value"),
        ("ranked.top.k", 11, "mark-value"),
        ("ranked.top.k", "5", "mark-value"),
        ("ranked.top.k", True, "mark-value"),
        ("ranked.top.k", 5.5, "mark-value"),
        ("ranked.use", "bottom", "mark-value"),
        ("short.enabled", "no", "mark-value"),
        ("short.enabled", 1, "mark-value"),
        ("short.k", 3, "mark-value"),
        ("short.kk", 2, "unknown-mark"),
        ("ranked.k", 5, "unknown-mark"),
        ("found.n", 5, "unknown-mark"),
    ],
)
def test_what_cannot_be_chosen_is_said(path: str, value: Any, code: str) -> None:
    with pytest.raises(SpecError) as caught:
        load(GOOD / "choices.yaml", catalogue=CATALOGUE, env={}, choices={path: value})
    (finding,) = caught.value.diagnostics
    assert finding.code == code
    assert path in finding.message
    assert finding.allowed


def test_the_nearest_mark_is_named() -> None:
    (finding,) = findings_of(
        "steps: {found: {use: make.passages, n: {choice: [1, 2], default: 1}}}\noutput: found",
        choices={"found.m": 2},
    )
    assert finding.suggestion == "found.n"


def test_a_broken_mark_does_not_make_its_value_unknown_as_well() -> None:
    text = "steps: {found: {use: make.passages, n: {choice: [1, 2], default: 3}}}\noutput: found"
    assert codes_of(text, choices={"found.n": 2}) == ["mark-default"]


def test_every_choice_must_fit_the_parameter_and_not_only_the_default() -> None:
    text = "steps: {found: {use: make.passages, n: {choice: [1, 2000, -1], default: 1}}}\noutput: found"
    assert [finding.where for finding in findings_of(text)] == ["steps.found.n.choice[1]", "steps.found.n.choice[2]"]


def test_a_range_over_a_parameter_of_fractions_has_fractions() -> None:
    text = """
        steps:
          found: {use: make.passages}
          few: {use: select.top, passages: found, share: {range: [0.5, 1], default: 1}, k: {range: [1, 9], default: 2}}
        output: few
        """
    marks = space(plan_of(text))
    assert not marks["few.share"].integer
    assert marks["few.k"].integer
    assert steps_of(plan_of(text, choices={"few.share": 0.75}))["few"].params.share == 0.75
    assert codes_of(text, choices={"few.k": 1.5}) == ["mark-value"]


def test_counts_of_flow_steps_can_be_searched() -> None:
    text = """
        steps:
          queries: {use: query.variants}
          each:
            use: flow.map
            over: queries
            max_items: {choice: [2, 5], default: 2}
            steps: {hits: {use: make.passages, query: item}}
            output: hits
          pool: {use: fuse.all, passages: each}
        output: pool
        """
    assert plan_of(text).calls.retrievals == 2
    assert plan_of(text, choices={"each.max_items": 5}).calls.retrievals == 5
    assert codes_of(text.replace("[2, 5]", "[2, 0]")) == ["type"]


def test_marks_inside_scopes_have_the_path_of_their_step() -> None:
    plan = plan_of(
        """
        steps:
          kind: {use: route.any}
          choose:
            use: flow.route
            label: kind
            branches:
              one: {steps: {hits: {use: make.passages, n: {choice: [1, 2], default: 1}}}, output: hits}
              two:
                steps:
                  ask:
                    use: flow.loop
                    max_rounds: 2
                    steps: {hits: {use: make.passages, n: {choice: [3, 4], default: 3}}}
                    output: hits
                output: ask
        output: choose
        """,
        choices={"choose.two.ask.hits.n": 4},
    )
    assert plan.choices == {"choose.one.hits.n": 1, "choose.two.ask.hits.n": 4}
    assert steps_of(plan)["choose.two.ask.hits"].params.n == 4


def test_marks_of_a_file_that_is_included_twice_are_apart(tmp_path: Any) -> None:
    part = "version: 1\nsteps: {hits: {use: make.passages, n: {choice: [1, 2], default: 1}}}\noutput: hits\n"
    (tmp_path / "part.yaml").write_text(part)
    plan = plan_of(
        """
        steps:
          a: {use: flow.pipeline, path: part.yaml}
          b: {use: flow.pipeline, path: part.yaml}
          all: {use: fuse.all, passages: [a, b]}
        output: all
        """,
        base=tmp_path,
        choices={"b.hits.n": 2},
    )
    assert plan.choices == {"a.hits.n": 1, "b.hits.n": 2}


def test_alternatives_are_checked_whether_chosen_or_not() -> None:
    text = """
        steps:
          found: {use: make.passages}
          ranked:
            one_of:
              top: {use: select.top, passages: found}
              bad: {use: select.top, passages: question, k: many}
            default: top
        output: ranked
        """
    assert [finding.where for finding in findings_of(text)] == [
        "steps.ranked.one_of.bad.passages",
        "steps.ranked.one_of.bad.k",
    ]


def test_what_only_another_alternative_reads_is_not_idle_and_does_not_run() -> None:
    text = """
        steps:
          found: {use: make.passages}
          other: {use: make.passages, prefix: o}
          ranked:
            one_of:
              top: {use: select.top, passages: found}
              both: {use: fuse.all, passages: [found, other]}
            default: top
        output: ranked
        """
    plan = plan_of(text)
    assert "other" not in steps_of(plan)
    assert plan.notes == ("step 'other' does not run: nothing that runs reads it under these choices",)
    both = plan_of(text, choices={"ranked.use": "both"})
    assert "other" in steps_of(both)
    assert both.notes == ()


def test_keys_beside_one_of_hold_for_every_alternative() -> None:
    plan = plan_of(
        """
        steps:
          found: {use: make.passages}
          ranked:
            one_of:
              top: {use: select.top}
              back: {use: order.reverse}
              other: {use: order.reverse, passages: more}
            default: back
            passages: found
          more: {use: make.passages}
        output: ranked
        """,
    )
    assert steps_of(plan)["ranked"].inputs["passages"].text == "found"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("left", "right", "equal"), [(True, 1, False), (1, 1.0, True), (False, False, True), ("1", 1, False)]
)
def test_true_is_not_one(left: Any, right: Any, equal: bool) -> None:
    assert same(left, right) is equal


def test_what_a_range_allows() -> None:
    mark = SearchMark("a.b", "range", 0.3, low=0.0, high=1.0, step=0.1)
    assert all(allows(mark, value / 10) for value in range(11))
    assert not allows(mark, 0.25)
    assert not allows(mark, float("nan"))
    assert describe(mark) == "numbers from 0 to 1 in steps of 0.1"
