"""route.llm: a label of yours, chosen by an LM."""

from __future__ import annotations

import pytest

from ragkit.components.route.llm import COMPLEXITY, Llm
from ragkit.errors import LMError
from ragkit.testing import FakeReader, Fault, ScriptedLM, opened
from tests.components.asking import step

LABELS = {"small_talk": "greets or jokes", "papers": "asks about papers"}


def test_it_takes_the_label_and_claims_no_probability():
    router, lm = step(Llm, {"label": "papers"}, labels=LABELS)
    result = router.run("Which papers prune heads?")
    assert result.value == "papers"
    assert result.decision.reason == "'papers': the LM says so; nothing calibrates it"
    assert (result.decision.score, result.decision.threshold) == (None, None)
    assert lm.requests[0].field("question") == "Which papers prune heads?"


def test_the_meanings_reach_the_lm_also_under_other_instructions():
    router, lm = step(Llm, {"label": "papers"}, labels=LABELS, instructions="Sort it.")
    router.run("Why?")
    prompt = lm.requests[0].messages[0]["content"]
    assert "Sort it." in prompt
    assert "small_talk: greets or jokes; papers: asks about papers" in prompt


def test_the_reason_comes_before_the_label_and_stands_in_the_trace():
    router, lm = step(Llm, {"reason": "Two are\ncompared.", "label": "multi"}, reasoning=True)
    decision = router.run("Which is older?").decision
    assert decision.reason == "'multi': the LM says so, because “Two are compared.”; nothing calibrates it"
    assert lm.requests[0].wanted == ["reason", "label"]


@pytest.mark.parametrize("reply", [{"label": "perhaps"}, {"label": ""}, Fault("timeout")])
def test_what_is_none_of_the_labels_is_an_error(reply):
    with pytest.raises(LMError):
        step(Llm, reply)[0].run("Why?")


@pytest.mark.parametrize(
    ("labels", "said"), [({"a": "x", "b": " "}, "the label 'b' has no meaning"), ({"a": "x", "": "y"}, "is blank")]
)
def test_labels_need_a_name_and_a_meaning(labels, said):
    assert said in Llm.check(Llm.Params(labels=labels))


def test_a_route_is_held_against_the_labels():
    assert Llm.declared_labels(Llm.Params().model_dump()) == tuple(COMPLEXITY)
    text = """
    corpus: notes
    lm: scripted/lm
    steps:
      kind: {use: route.llm}
      answer:
        use: flow.route
        label: kind
        branches:
          none: {steps: {reply: {use: generate.direct}}, output: reply}
          single: {steps: {hits: {use: retrieve.dense}, reply: {use: generate.answer, passages: hits}}, output: reply}
        default: single
    output: answer
    """
    lm = ScriptedLM(lambda asked: {"label": "none"} if "label" in asked.wanted else {"answer": "Hello."})
    with opened(text, lm=lm, reader=FakeReader()) as pipeline:
        result = pipeline.run("Hello!")
    assert result.answer.text == "Hello."
    assert result.document["route"] == "none"
