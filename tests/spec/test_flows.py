"""Flow steps in the plan: their graphs, what they read outward, their types."""

from __future__ import annotations

from typing import TypeVar

import pytest

from ragkit import ports
from ragkit.component import OutputPort
from ragkit.spec.plan import (
    AllOf,
    AnyOf,
    Constant,
    FirstFlow,
    LoopFlow,
    MapFlow,
    Not,
    PipelineFlow,
    Plan,
    RouteFlow,
    Source,
    Test,
)
from ragkit.types import Passages
from tests.spec.compiling import GOOD, codes_of, findings_of, plan_of, steps_of

Test.__test__ = False  # type: ignore[attr-defined]  # a condition, not a test
F = TypeVar("F")


def flow(plan: Plan, path: str, kind: type[F]) -> F:
    found = steps_of(plan)[path].flow
    assert isinstance(found, kind)
    return found


MAP = """
    steps:
      queries: {use: query.variants}
      size: {use: query.size, text: question}
      each:
        use: flow.map
        over: queries
        max_items: 4
        steps:
          few: {use: select.top, passages: hits, k: {from: size}}
          hits: {use: make.passages, query: item}
        output: few
      pool: {use: fuse.all, passages: each}
    output: pool
    """


def test_a_map_has_a_body_whose_only_input_is_the_item() -> None:
    plan = plan_of(MAP)
    found = flow(plan, "each", MapFlow)
    assert found.max_items == 4
    assert found.over == Source(0, 2, ports.list_of(ports.STR), "queries")
    body = found.body
    assert body.path == "each"
    assert body.inputs == (("item", ports.STR),)
    assert [step.path for step in body.steps] == ["each.hits", "each.few"]
    assert body.steps[0].inputs["query"] == Source(0, 0, ports.STR, "item")
    assert body.steps[0].inputs["question"] == Source(1, 0, ports.STR, "question")
    assert body.main_output == Source(0, 2, ports.PASSAGES, "few")
    assert body.output_type == ports.PASSAGES
    assert steps_of(plan)["each"].outputs == (OutputPort("output", ports.list_of(ports.PASSAGES)),)


def test_what_inner_steps_read_outside_the_flow_step_waits_for() -> None:
    plan = plan_of(MAP)
    few = steps_of(plan)["each.few"]
    assert few.bound == {"k": Source(1, 3, ports.INT, "size")}
    names = [step.name for step in plan.root.steps]
    assert {names[index] for index in steps_of(plan)["each"].after} == {"queries", "size"}


def test_a_map_over_passages_gives_passages() -> None:
    plan = plan_of(
        """
        inputs: {given: "list[Passage]"}
        steps:
          inner: {use: flow.map, over: given, max_items: 3, steps: {same: {use: flow.first, of: item}}, output: same}
          more: {use: select.top, passages: inner}
        output: more
        """
    )
    assert steps_of(plan)["inner"].outputs == (OutputPort("output", ports.PASSAGES),)
    assert flow(plan, "inner", MapFlow).body.inputs == (("item", ports.PASSAGE),)


LOOP = """
    steps:
      ask:
        use: flow.loop
        max_rounds: 4
        carry: {last: {value: ""}, seen: {value: []}}
        steps:
          join: {use: query.join, parts: [carry.last, question]}
          hits: {use: make.passages, query: join}
          all: {use: fuse.all, passages: [carry.seen, hits]}
          draft: {use: generate.quote, passages: all}
          same: {use: judge.unchanged, before: carry.last, after: draft.text}
        next: {seen: all, last: draft.text}
        while: {not: {port: carry.last, is: done}}
        until: same.unchanged
        failure: same
        max_failures: 2
        output: draft
      few: {use: select.top, passages: ask.seen, k: {from: ask.rounds}, when: {port: ask.stopped, is: until}}
      any: {use: flow.first, of: [few, ask.seen]}
    output: any
    """


def test_a_loop_has_a_body_whose_inputs_are_what_it_carries() -> None:
    found = flow(plan_of(LOOP), "ask", LoopFlow)
    assert found.carry == {"last": Constant("", ports.STR), "seen": Constant(Passages(), ports.PASSAGES)}
    assert found.body.inputs == (("last", ports.STR), ("seen", ports.PASSAGES))
    assert found.max_rounds == 4
    assert found.max_failures == 2
    assert found.next["last"].text == "draft.text"
    assert found.next["last"].up == 0
    assert found.while_ == Not(Test(Source(0, 0, ports.STR, "carry.last"), "is", "done"))
    assert isinstance(found.until, Test)
    assert found.until.op == "true"
    assert found.failure is not None
    assert (found.failure.up, found.failure.slot) == (found.until.source.up, found.until.source.slot)


def test_the_ports_of_a_loop_are_its_output_what_it_carries_and_how_it_ended() -> None:
    plan = plan_of(LOOP)
    assert [(port.name, port.type.name) for port in steps_of(plan)["ask"].outputs] == [
        ("output", "Answer"),
        ("last", "str"),
        ("seen", "list[Passage]"),
        ("rounds", "int"),
        ("stopped", "str"),
    ]
    few = steps_of(plan)["few"]
    first = steps_of(plan)["ask"].first_slot
    assert few.inputs["passages"] == Source(0, first + 2, ports.PASSAGES, "ask.seen")
    assert few.bound["k"] == Source(0, first + 3, ports.INT, "ask.rounds")


@pytest.mark.parametrize(
    ("literal", "port", "kind"),
    [
        ("[]", "hits", "list[Passage]"),
        ("[]", "words", "list[str]"),
        ("0", "enough.score", "float"),
        ("0.5", "enough.score", "float"),
        ('""', "draft.text", "str"),
        ("false", "enough.good", "bool"),
        ("[]", "kept", "list[Passage]"),
    ],
)
def test_what_is_carried_has_the_type_of_next_where_the_first_value_fits_it(literal: str, port: str, kind: str) -> None:
    plan = plan_of(
        f"""
        steps:
          ask:
            use: flow.loop
            max_rounds: 2
            carry: {{it: {{value: {literal}}}, seen: {{value: []}}}}
            steps:
              hits: {{use: make.passages}}
              kept: {{use: flow.first, of: [carry.seen, hits]}}
              enough: {{use: judge.enough, passages: kept}}
              words: {{use: query.variants}}
              draft: {{use: generate.quote, passages: hits, when: {{not: {{port: stopped, is: it}}}}}}
              stopped: {{use: query.talk}}
              all: {{use: flow.map, over: words, max_items: 1, steps: {{one: {{use: make.passages}}}}, output: one}}
              answer: {{use: flow.first, of: [draft, other]}}
              other: {{use: generate.quote, passages: pool}}
              pool: {{use: fuse.all, passages: all}}
            next: {{it: {port}, seen: kept}}
            until: enough.good
            output: answer
          again:
            use: flow.loop
            max_rounds: 1
            carry: {{it: ask.it}}
            steps: {{x: {{use: flow.first, of: carry.it}}, y: {{use: flow.first, of: ask}}}}
            next: {{it: x}}
            output: y
        output: again
        """
    )
    types = dict(flow(plan, "ask", LoopFlow).body.inputs)
    assert types["it"].name == kind
    assert types["seen"] == ports.PASSAGES
    assert flow(plan, "again", LoopFlow).body.inputs[0][1].name == kind


def test_an_empty_list_cannot_become_a_text() -> None:
    assert codes_of(LOOP.replace('last: {value: ""}', "last: {value: []}")) == ["type-mismatch"]


ROUTE = """
    steps:
      kind: {use: route.kind}
      found: {use: make.passages}
      choose:
        use: flow.route
        label: kind
        default: single
        branches:
          none: {steps: {draft: {use: generate.reply, text: question}}, output: draft}
          single: {steps: {draft: {use: generate.quote, passages: found}}, output: draft}
      shown: {use: query.join, parts: choose.label}
      reply: {use: generate.reply, text: shown, when: {port: choose.label, is: none}}
      any: {use: flow.first, of: [reply, choose]}
    output: any
    """


def test_a_route_has_a_graph_for_each_branch() -> None:
    plan = plan_of(ROUTE)
    found = flow(plan, "choose", RouteFlow)
    assert list(found.branches) == ["none", "single"]
    assert found.default == "single"
    single = found.branches["single"]
    assert single.graph.path == "choose.single"
    assert single.graph.inputs == ()
    assert single.inputs == {}
    assert single.dropped is None
    assert single.graph.steps[0].path == "choose.single.draft"
    assert single.graph.steps[0].inputs == {"passages": Source(1, 3, ports.PASSAGES, "found")}
    assert single.graph.main_output == Source(0, 0, ports.ANSWER, "draft")
    outputs = [(port.name, port.type.name) for port in steps_of(plan)["choose"].outputs]
    assert outputs == [("output", "Answer"), ("label", "Label")]


def test_a_branch_may_hand_on_what_stands_outside() -> None:
    plan = plan_of(
        """
        steps:
          kind: {use: route.any}
          found: {use: make.passages}
          choose:
            use: flow.route
            label: kind
            default: as_it_is
            branches:
              as_it_is: {steps: {few: {use: select.top, passages: found}}, output: few}
              back:
                steps: {rest: {use: order.reverse, passages: found}, few: {use: select.top, passages: rest}}
                output: few
        output: choose
        """
    )
    assert [step.name for step in flow(plan, "choose", RouteFlow).branches["back"].graph.steps] == ["rest", "few"]


def test_all_labels_have_a_branch_or_there_is_a_default() -> None:
    assert codes_of(ROUTE.replace("        default: single\n", "")) == ["label"]
    assert codes_of(ROUTE.replace("          none:", "          other:")) == ["label"]
    undeclared = ROUTE.replace("route.kind", "route.any").replace("        default: single\n", "")
    assert codes_of(undeclared) == []


def test_first_takes_the_first_that_is_there() -> None:
    plan = plan_of(ROUTE)
    found = flow(plan, "any", FirstFlow)
    assert [getattr(candidate, "text", None) for candidate in found.candidates] == ["reply", "choose"]
    with_literal = plan_of(
        """
        steps:
          short: {use: query.maybe, text: question}
          text: {use: flow.first, of: [short, {value: nothing at all}]}
          reply: {use: generate.reply, text: text}
        output: reply
        """
    )
    assert flow(with_literal, "text", FirstFlow).candidates[1] == Constant("nothing at all", ports.STR)


def test_conditions_are_built_as_written() -> None:
    plan = plan_of(
        """
        steps:
          found: {use: make.passages}
          enough: {use: judge.enough, passages: found}
          more:
            use: make.passages
            when: {any: [{not: enough.good}, {all: [enough, {port: enough.score, at_most: 0.5}]}]}
          both: {use: flow.first, of: [more, found]}
        output: both
        """
    )
    good = Source(0, 3, ports.BOOL, "enough.good")
    score = Source(0, 4, ports.FLOAT, "enough.score")
    main = Source(0, 3, ports.BOOL, "enough")
    assert steps_of(plan)["more"].when == AnyOf((Not(Test(good)), AllOf((Test(main), Test(score, "at_most", 0.5)))))


def test_a_flow_in_a_flow_counts_its_references_outward() -> None:
    plan = plan_of((GOOD / "scopes.yaml").read_text(encoding="utf-8"))
    inner = flow(plan, "each.inner", LoopFlow)
    assert inner.carry == {"last": Source(0, 0, ports.STR, "item")}
    few = steps_of(plan)["each.inner.few"]
    assert few.bound == {"k": Source(2, 3, ports.INT, "weights")}
    assert isinstance(inner.until, AllOf)
    second = inner.until.conditions[1]
    assert isinstance(second, Test)
    assert second.source == Source(2, 4, ports.FLOAT, "weights.half")
    names = [step.name for step in plan.root.steps]
    assert {names[index] for index in steps_of(plan)["each"].after} == {"queries", "weights"}


def test_the_inner_step_of_another_flow_cannot_be_read() -> None:
    text = """
        steps:
          queries: {use: query.variants}
          each:
            {use: flow.map, over: queries, max_items: 2, steps: {hits: {use: make.passages, query: item}}, output: hits}
          more: {use: fuse.all, passages: [each, hits]}
        output: more
        """
    (finding,) = findings_of(text)
    assert "inside 'each'" in finding.message


def test_a_pipeline_step_sees_only_its_inputs() -> None:
    plan = plan_of((GOOD / "nesting.yaml").read_text(encoding="utf-8"))
    part = flow(plan, "part", PipelineFlow)
    assert [name for name, _ in part.graph.inputs] == ["question", "history", "given", "size"]
    assert {name: getattr(value, "text", None) for name, value in part.inputs.items()} == {
        "given": "outer",
        "size": None,
        "question": "question",
        "history": "history",
    }
    assert part.graph.defaults == {"history": (), "size": 2}
    assert part.graph.steps[0].path == "part.few"
    assert {step.path for step in part.graph.steps} == {"part.few"}
    branch = flow(plan, "choose", RouteFlow).branches["file"]
    assert branch.graph.path == "choose.file"
    assert set(branch.inputs) == {"given", "question", "history"}
