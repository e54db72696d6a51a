"""gate.p_true: the LM on its own answer, by the probability of one word."""

from __future__ import annotations

import math

import pytest

from ragkit.component import Need
from ragkit.components.gate.p_true import PTrue
from ragkit.errors import LMError, SpecError
from ragkit.testing import ChatServer, FakeReader, FakeScope, Said, ScriptedLM, opened
from ragkit.types import Answer

TEXT = """
corpus: notes
lm: scripted/lm
steps:
  draft: {use: generate.direct}
  gate: {use: gate.p_true, draft: draft, threshold: 0.5}
  hits: {use: retrieve.dense, k: 2, when: gate.retrieve}
  informed: {use: generate.answer, passages: hits}
  answer: {use: flow.first, of: [informed, draft]}
output: answer
"""


def verdict(word: str, **probabilities: float) -> Said:
    top = {name: math.log(p) for name, p in probabilities.items()}
    tokens = [("[[ ## verdict ## ]]\n", 0.0), (word, top.get(word, -0.1), top), ("\n\n[[ ## completed ## ]]", 0.0)]
    return Said({"verdict": word}, tokens)


def step(said: object, **parameters: float) -> tuple[PTrue, ScriptedLM]:
    lm = ScriptedLM([said])
    return PTrue(PTrue.Params(**{"threshold": 0.5, **parameters}), FakeScope(lm)), lm


def test_the_uncertainty_is_the_share_of_the_other_word() -> None:
    gate, lm = step(verdict("True", True_=0.1, **{"True": 0.6, "False": 0.2}))
    result = gate.run("Where is the Louvre?", Answer("Paris"))
    assert result.value.uncertainty == pytest.approx(0.25)
    assert not result.value.retrieve
    assert result.decision.details["verdict"] == "True"
    assert lm.requests[0].field("answer") == "Paris"
    assert lm.requests[0].field("others") == "none"


def test_other_samples_are_shown_once_each() -> None:
    gate, lm = step(verdict("False", **{"True": 0.1, "False": 0.9}))
    result = gate.run("Where?", "Paris", ["Lyon", "Paris", "Lyon"])
    assert result.value == (True, pytest.approx(0.9))
    assert lm.requests[0].field("others") == "Lyon\nParis"


def test_an_lm_without_log_probabilities_is_an_error_that_names_what_does_without() -> None:
    gate, _ = step({"verdict": "True"})
    with pytest.raises(LMError, match="reads log-probabilities, and the LM gave none") as error:
        gate.run("Where?", Answer("Paris"))
    assert "lexical_similarity" in (error.value.hint or "")


def test_it_asks_for_its_own_log_probabilities_and_no_other_step_does() -> None:
    replies = [{"answer": "Paris"}, verdict("False", **{"True": 0.2, "False": 0.8}), {"answer": "At a gap [1]."}]
    lm = ScriptedLM(replies)
    with opened(TEXT, lm=lm, reader=FakeReader()) as pipeline:
        assert Need.LOGPROBS in pipeline.plan.needs
        assert pipeline.plan.calls.lm == 3
        result = pipeline.run("Where?")
    assert result.answer is not None
    assert result.answer.text == "At a gap [1]."
    assert ["logprobs" in asked.settings for asked in lm.requests] == [False, True, False]


def test_over_http() -> None:
    replies = [{"answer": "Paris"}, verdict("True", **{"True": 0.9, "False": 0.1})]
    with ChatServer(replies) as server:
        text = TEXT.replace(
            "lm: scripted/lm", f'lms: {{here: {{model: openai/any, api_base: "{server.api_base}"}}}}\nlm: here'
        )
        with opened(text, reader=FakeReader()) as pipeline:
            result = pipeline.run("Where?")
        assert [seen["body"].get("top_logprobs") for seen in server.seen] == [None, 5]
    assert result.answer is not None
    assert result.answer.text == "Paris"
    gate = next(decision for decision in result.decisions if decision["kind"] == "gate")
    assert gate["score"] == pytest.approx(0.1, abs=1e-6)


def test_a_gate_without_a_threshold_is_found_before_anything_is_asked() -> None:
    bare = TEXT.replace(", threshold: 0.5", "")
    with pytest.raises(SpecError, match="a gate needs 'threshold', or 'state'"), opened(bare, reader=FakeReader()):
        pass
