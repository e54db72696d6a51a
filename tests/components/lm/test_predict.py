"""lm.predict: what a signature in a file becomes, and what of a reply is believed."""

from __future__ import annotations

from pathlib import Path

import pytest

from ragkit.component import input_ports, output_ports
from ragkit.components.catalogue import Catalogue
from ragkit.components.lm.predict import Predict
from ragkit.errors import LMError, SpecError
from ragkit.spec.load import load_text
from ragkit.testing import FakeScope, ScriptedLM
from ragkit.types import Answer, Label, Passage, Passages, Turn

FOUND = Passages([Passage("p1", "d1", "One", "First.")])


def step(signature: str, reply, **params):
    lm = ScriptedLM([reply])
    cls = Predict.shaped(signature)
    return cls(cls.Params(signature=signature, **params), FakeScope(lm)), lm


def plan_of(keys: str):
    text = f"version: 1\nlm: a/b\nsteps:\n  x: {{use: lm.predict, {keys}}}\noutput: x\n"
    return load_text(text, "x.yaml", base=Path(), catalogue=Catalogue(), env={})


def message(keys: str) -> str:
    with pytest.raises(SpecError) as caught:
        plan_of(keys)
    assert {finding.line for finding in caught.value.diagnostics} <= {4, 5}
    return "\n".join(finding.message for finding in caught.value.diagnostics)


def test_fields_are_ports():
    cls = Predict.shaped(
        "passages, history, question, hint: str | None -> answer: Answer, score: float, tags: list[str]"
    )
    assert [(p.name, str(p.type), p.required) for p in input_ports(cls)] == [
        ("passages", "list[Passage]", True), ("history", "list[Turn]", True), ("question", "str", True),
        ("hint", "str", False),
    ]  # fmt: skip
    assert [(p.name, str(p.type)) for p in output_ports(cls)] == [
        ("answer", "Answer"), ("score", "float"), ("tags", "list[str]"), ("logprobs", "list[Token]"),
    ]  # fmt: skip
    assert cls.stream == "answer"
    assert Predict.shaped("a -> b").stream is None


def test_the_same_signature_is_the_same_class():
    assert Predict.shaped("a -> b") is Predict.shaped("a -> b")
    assert Predict.shaped("a -> b") is not Predict.shaped("a -> c")


def test_passages_turns_and_values_become_text_for_the_lm():
    one, lm = step("passages, history, n: int, tags: list[str], hint: str | None -> out", {"out": "x"})
    one.run(passages=FOUND, history=[Turn("user", "Hi\nthere"), Turn("assistant", "Hello")], n=3, tags=["a", "b"])
    asked = lm.requests[0]
    assert asked.field("passages") == "[1] One\nFirst."
    assert asked.field("history") == "user: Hi there\nassistant: Hello"
    assert asked.field("n") == "3"
    assert asked.field("tags") == '["a", "b"]'
    assert asked.field("hint") == "None"


def test_values_have_their_types():
    one, _ = step(
        "q -> answer: Answer, n: int, sure: bool, tags: list[str], kind: Literal[a, b], none: float | None",
        {"answer": "Yes [1].", "n": 3, "sure": True, "tags": ["x"], "kind": "b", "none": None},
    )
    value = one.run(q="?").value
    assert value[0] == Answer("Yes [1].", (), Passages())
    assert value[1:6] == (3, True, ["x"], "b", None)
    assert type(value[4]) is Label


def test_an_answer_cites_the_passages_it_was_given():
    one, _ = step("passages, question -> answer: Answer", {"answer": "Yes [1], no [4]."})
    result = one.run(passages=FOUND, question="?")
    assert [c.passage_id for c in result.value[0].citations] == ["p1"]
    assert result.value[0].passages is FOUND
    assert result.warnings == ("the LM cited [4], and there are 1 passages: taken out",)


def test_instructions_descriptions_and_demos_reach_the_prompt():
    one, lm = step(
        "q -> out", {"out": "x"}, instructions="Say it in verse.", fields={"out": "four lines"},
        demos=[{"q": "old question", "out": "old verse"}],
    )  # fmt: skip
    one.run(q="?")
    assert "Say it in verse." in lm.requests[0].instructions
    assert "four lines" in lm.requests[0].prompt
    assert "old verse" in lm.requests[0].messages[2]["content"]


def test_a_value_of_another_type_is_an_error_that_shows_it():
    one, _ = step("q -> n: int", {"n": "many"})
    with pytest.raises(LMError, match=r"does not fit 'n'.*many|lacks 'n'.*many"):
        one.run(q="?")


def test_a_literal_is_a_route_and_its_labels_are_known():
    one, _ = step("q -> kind: Literal[short, long]", {"kind": "long"})
    decision = one.run(q="?").decision
    assert (decision.kind, decision.label) == ("route", "long")
    assert type(one).declared_labels({}) == ("short", "long")
    assert Predict.shaped("q -> kind").declared_labels({}) is None


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ('signature: "question -> a: strng"', "unknown type 'strng' of the field 'a'; did you mean 'str'?"),
        ('signature: "question a"', "no '->'"),
        ('signature: "question ->"', "has no output"),
        ('signature: "question -> a, a"', "'a' stands twice"),
        ('signature: "question -> A"', "has 'A' where the name of an output is expected"),
        ('signature: "question -> a: list[str"', "has the end where ']' is expected"),
        ('signature: "question -> a: Literal[]"', "lists its values"),
        ('signature: "question -> a: str | int"', "only None may stand"),
        ('signature: "question -> a b"', "has 'b' where a comma or its end is expected"),
        ('signature: "question -> a: list[Passage]"', "an LM writes text"),
        ('signature: "a: Answer -> b"', "cannot be an Answer"),
        ('signature: "question -> a: __import__(os)"', "the signature holds '('"),
        ('signature: "question -> json"', "cannot be called 'json'"),
        ('signature: "when -> a"', "cannot be called 'when'"),
        ('signature: "question -> a", fields: {b: x}', "'fields' speaks of 'b', and the fields of the signature are"),
        ('signature: "question -> a", demos: [{b: x}]', "demo 1 has 'b'"),
        ('signature: {choice: [a], default: a}', "the ports of the step hang on it"),
        ('signature: 3', "'signature' is 3"),
        ("passages: question", "has no 'signature'"),
        ('signature: "question -> a: Answer", topic: question', "unknown key 'topic'"),
        ('signature: "topic -> a: Answer"', "the input 'topic' (str) of lm.predict is missing"),
        ('signature: "passages -> a: Answer", passages: question', "takes list[Passage], and 'question' is str"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_at_its_line(keys, said):
    assert said in message(keys)


def test_a_plan_has_its_ports():
    plan = plan_of('signature: "question -> a: Answer"')
    (found,) = plan.root.steps
    assert [port.name for port in found.outputs] == ["a", "logprobs"]
    assert found.use == "lm.predict"
    assert plan.calls.lm == 1
