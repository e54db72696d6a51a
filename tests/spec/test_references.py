"""References, literals and list ports: what a step reads, in which slot, in which order."""

from __future__ import annotations

import pytest

from ragkit import ports
from ragkit.spec.plan import Constant, Gather, Source
from ragkit.types import Passages
from tests.spec.compiling import codes_of, findings_of, plan_of, steps_of


def source(up: int, slot: int, kind: ports.PortType, text: str) -> Source:
    return Source(up, slot, kind, text)


def test_the_first_slots_are_the_inputs_and_then_come_the_ports_of_each_step() -> None:
    plan = plan_of(
        """
        inputs: {topic: str}
        steps:
          found: {use: make.passages, query: topic}
          all: {use: fuse.all, passages: [found]}
          answer: {use: generate.quote, passages: all}
        output: answer
        """
    )
    root = plan.root
    assert [name for name, _ in root.inputs] == ["question", "history", "topic"]
    assert {step.name: step.first_slot for step in root.steps} == {"found": 3, "all": 4, "answer": 6}
    assert root.slots == 8
    assert root.defaults == {"history": ()}
    found, _, answer = root.steps
    assert found.inputs == {
        "question": source(0, 0, ports.STR, "question"),
        "query": source(0, 2, ports.STR, "topic"),
    }
    assert answer.inputs == {"passages": source(0, 4, ports.PASSAGES, "all")}
    assert [port.name for port in answer.outputs] == ["answer", "text"]
    assert root.output == {"answer": source(0, 6, ports.ANSWER, "answer")}
    assert root.output_type == ports.ANSWER


def test_a_port_that_is_not_the_main_one_is_named() -> None:
    plan = plan_of(
        """
        steps:
          found: {use: make.passages}
          draft: {use: generate.quote, passages: found}
          reply: {use: generate.reply, text: draft.text}
        output: reply
        """
    )
    assert steps_of(plan)["reply"].inputs == {"text": source(0, 4, ports.STR, "draft.text")}


def test_steps_run_after_those_they_read_and_else_as_they_are_written() -> None:
    plan = plan_of(
        """
        steps:
          answer: {use: generate.quote, passages: all}
          all: {use: fuse.all, passages: [second, first]}
          second: {use: make.passages, when: enough.good}
          enough: {use: judge.enough, passages: first}
          third: {use: make.passages}
          first: {use: make.passages}
          few: {use: select.top, passages: third, k: {from: all.count}}
        output: {answer: answer, passages: few}
        """
    )
    names = [step.name for step in plan.root.steps]
    assert names == ["third", "first", "enough", "second", "all", "answer", "few"]
    after = {step.name: {names[index] for index in step.after} for step in plan.root.steps}
    assert after == {
        "third": set(),
        "first": set(),
        "enough": {"first"},
        "second": {"enough"},
        "all": {"second", "first"},
        "answer": {"all"},
        "few": {"third", "all"},
    }


def test_of_the_steps_that_are_ready_the_first_in_the_file_runs_first() -> None:
    plan = plan_of(
        """
        steps:
          a: {use: order.reverse, passages: d}
          b: {use: order.reverse, passages: c}
          c: {use: make.passages}
          d: {use: make.passages}
          all: {use: fuse.all, passages: [a, b]}
        output: all
        """
    )
    assert [step.name for step in plan.root.steps] == ["c", "b", "d", "a", "all"]


def test_question_and_history_are_read_without_being_written() -> None:
    plan = plan_of("steps: {turns: {use: query.talk}, reply: {use: generate.reply, text: turns}}\noutput: reply")
    assert steps_of(plan)["turns"].inputs == {"history": source(0, 1, ports.list_of(ports.TURN), "history")}
    asked = plan_of(
        """
        steps:
          joined: {use: query.join, parts: [question, {value: please}]}
          found: {use: make.passages, question: joined}
        output: found
        """
    )
    assert steps_of(asked)["found"].inputs["question"] == source(0, 2, ports.STR, "joined")


def test_a_list_port_keeps_lists_apart_that_are_elements_and_splices_lists_of_elements() -> None:
    plan = plan_of(
        """
        steps:
          queries: {use: query.variants}
          first: {use: make.passages}
          each:
            {use: flow.map, over: queries, max_items: 2, steps: {hits: {use: make.passages, query: item}}, output: hits}
          pool: {use: fuse.all, passages: [first, each, {value: []}]}
          joined: {use: query.join, parts: [question, queries, {value: last}, {value: [a, b]}]}
          one: {use: query.join, parts: queries}
          last: {use: query.join, parts: [joined, one]}
          more: {use: make.passages, query: last}
          both: {use: fuse.all, passages: [pool, more]}
        output: both
        """
    )
    steps = steps_of(plan)
    pool = steps["pool"].inputs["passages"]
    assert isinstance(pool, Gather)
    assert pool.spliced == (False, True, False)
    assert pool.elements[2] == Constant(Passages(), ports.PASSAGES)
    joined = steps["joined"].inputs["parts"]
    assert isinstance(joined, Gather)
    assert joined.spliced == (False, True, False, True)
    assert joined.elements[2] == Constant("last", ports.STR)
    assert joined.elements[3] == Constant(["a", "b"], ports.list_of(ports.STR))
    one = steps["one"].inputs["parts"]
    assert isinstance(one, Gather)
    assert one.spliced == (True,)


@pytest.mark.parametrize(
    ("port", "literal", "value"),
    [
        ("text", "{value: some words}", "some words"),
        ("text", '{value: ""}', ""),
        ("text", '{value: "3"}', "3"),
    ],
)
def test_a_literal_is_a_constant(port: str, literal: str, value: object) -> None:
    plan = plan_of(f"steps: {{reply: {{use: generate.reply, {port}: {literal}}}}}\noutput: reply")
    assert plan.root.steps[0].inputs[port] == Constant(value, ports.STR)


@pytest.mark.parametrize("literal", ["{value: 3}", "{value: true}", "{value: [a]}", "{value: {a: 1}}"])
def test_a_literal_of_another_type_is_refused(literal: str) -> None:
    text = f"steps: {{reply: {{use: generate.reply, text: {literal}}}}}\noutput: reply"
    assert codes_of(text) == ["type-mismatch"]


def test_a_list_of_unlike_literals_fits_no_list_of_texts() -> None:
    text = "steps: {one: {use: query.join, parts: {value: [a, 1]}}, r: {use: generate.reply, text: one}}\noutput: r"
    assert codes_of(text) == ["type-mismatch"]


def test_a_parameter_can_be_read_from_a_port() -> None:
    plan = plan_of(
        """
        steps:
          size: {use: query.size, text: question}
          found: {use: make.passages}
          few: {use: select.top, passages: found, k: {from: size}, share: 0.5}
        output: few
        """
    )
    few = steps_of(plan)["few"]
    assert few.bound == {"k": source(0, 2, ports.INT, "size")}
    assert few.params.share == 0.5
    assert few.params.k == 2, "the default, for runs in which the port is nothing"


def test_a_label_is_a_text_and_a_whole_number_a_number() -> None:
    plan_of("steps: {kind: {use: route.kind}, reply: {use: generate.reply, text: kind}}\noutput: reply")
    plan_of(
        """
        steps:
          size: {use: query.size, text: question}
          found: {use: make.passages}
          few: {use: select.top, passages: found, when: {port: size, at_least: 2.5}}
          any: {use: flow.first, of: [few, found]}
        output: any
        """
    )


def test_a_typed_input_is_checked_where_it_is_read() -> None:
    text = """
        inputs: {limit: {type: int, default: 3}, given: "list[Passage]", texts: "list[str]"}
        steps:
          few: {use: select.top, passages: given, k: {from: limit}}
          bad: {use: select.top, passages: texts, k: {from: given}}
          all: {use: fuse.all, passages: [few, bad]}
        output: all
        """
    assert [finding.where for finding in findings_of(text)] == ["steps.bad.passages", "steps.bad.k.from"]


def test_the_default_of_an_input_is_part_of_the_plan() -> None:
    plan = plan_of(
        """
        inputs: {limit: {type: int, default: 3}, given: {type: "list[Passage]", default: []}}
        steps: {few: {use: select.top, passages: given, k: {from: limit}}}
        output: few
        """
    )
    assert plan.root.defaults == {"history": (), "limit": 3, "given": Passages()}


def test_an_output_of_two_ports() -> None:
    plan = plan_of(
        """
        steps:
          found: {use: make.passages}
          draft: {use: generate.quote, passages: found}
        output: {passages: found, answer: draft}
        """
    )
    assert {name: value.text for name, value in plan.root.output.items()} == {"answer": "draft", "passages": "found"}
    assert plan.root.output_type == ports.ANSWER
    assert list(plan.root.output) == ["answer", "passages"], "the answer is the main one whatever the order"


def test_the_name_of_a_plan_is_that_of_the_file_unless_it_has_one() -> None:
    text = "steps: {found: {use: make.passages}}\noutput: found"
    assert plan_of(text).name == "it"
    assert plan_of(f"name: mine\ndescription: what it is for\n{text}").name == "mine"
    assert plan_of(f"name: mine\ndescription: what it is for\n{text}").description == "what it is for"


def test_blocks_whose_names_begin_with_x_are_left_alone() -> None:
    plan_of("x-anything: [1, {a: b}]\nsteps: {found: {use: make.passages}}\noutput: found")
    assert codes_of("y-anything: 1\nsteps: {found: {use: make.passages}}\noutput: found") == ["unknown-key"]


def test_a_mistyped_step_is_one_finding_and_not_two() -> None:
    text = "steps: {candidates: {use: make.passages}, few: {use: select.top, passages: canditates}}\noutput: few"
    assert codes_of(text) == ["unknown-name"]


def test_a_step_with_an_unknown_component_takes_no_reader_with_it() -> None:
    text = """
        steps:
          first: {use: make.passages}
          found: {use: fuse.nothing, passages: [first]}
          few: {use: select.top, passages: found.whatever}
        output: few
        """
    assert codes_of(text) == ["unknown-component"]
