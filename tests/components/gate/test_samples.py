"""gate.samples: n answers, each a sample of its own and each counted."""

from __future__ import annotations

import itertools

import pytest

from ragkit.components.gate.samples import Samples
from ragkit.errors import LMError
from ragkit.testing import FakeScope, Fault, Said, ScriptedLM, opened

TEXT = """
lm: scripted/lm
steps:
  samples: {use: gate.samples, n: 4, temperature: 0.7}
  gate: {use: gate.uncertainty, method: METHOD, samples: samples, threshold: 0.5}
  draft: {use: generate.direct, when: gate.retrieve}
  other: {use: generate.direct, when: {not: gate.retrieve}}
  answer: {use: flow.first, of: [draft, other, last]}
  last: {use: generate.decline}
output: answer
"""


def text(method: str, more: str = "") -> str:
    return TEXT.replace("METHOD, samples: samples", f"{method}, samples: samples{more}")


def test_every_sample_is_asked_for_by_itself_and_counted() -> None:
    numbers = itertools.count()
    lm = ScriptedLM(lambda asked: {"answer": f"guess {next(numbers)}"})
    with opened(text("lexical_similarity"), lm=lm) as pipeline:
        assert pipeline.plan.calls.lm == 4 + 2
        result = pipeline.run("Where?")
    assert result.error is None
    span = next(span for span in result.trace.spans if span.step == "samples")
    assert len(set(span.outputs["texts"])) == 4
    assert [request["rollout"] for request in sorted(span.requests, key=lambda one: one["rollout"])] == [0, 1, 2, 3]
    assert {request["settings"]["temperature"] for request in span.requests} == {0.7}
    assert span.usage is not None
    assert span.usage.lm_calls == 4
    assert result.usage["lm_calls"] == len(lm.requests) == 5
    assert span.decision is not None
    assert span.decision.reason == "4 samples, 4 of them different"


def test_tokens_are_given_where_a_step_reads_them() -> None:
    spelled = [("[[ ## answer ## ]]\n", 0.0), ("Paris", -0.5), ("\n\n[[ ## completed ## ]]", 0.0)]
    lm = ScriptedLM(lambda asked: Said({"answer": "Paris"}, spelled))
    with opened(text("monte_carlo_entropy", ", sample_logprobs: samples.logprobs"), lm=lm) as pipeline:
        result = pipeline.run("Where?")
    gate = next(decision for decision in result.decisions if decision["kind"] == "gate")
    assert gate["score"] == pytest.approx(0.5)
    assert "logprobs" in lm.requests[0].settings


def test_a_method_over_tokens_says_when_the_server_gives_none() -> None:
    lm = ScriptedLM(lambda asked: {"answer": "Paris"})
    with opened(text("semantic_entropy", ", sample_logprobs: samples.logprobs"), lm=lm) as pipeline:
        result = pipeline.run("Where?")
    assert result.error is not None
    assert "'semantic_entropy' reads log-probabilities" in str(result.error)
    assert "discrete_semantic_entropy" in (result.error.hint or "")


def test_the_budget_pays_for_all_samples_or_none_is_asked_for() -> None:
    lm = ScriptedLM(lambda asked: {"answer": "Paris"})
    with opened(text("lexical_similarity") + "budget: {lm_calls: 3}\n", lm=lm) as pipeline:
        result = pipeline.run("Where?")
    assert lm.requests == []
    assert result.stopped == "budget: lm_calls"


def alone(*answers: object, n: int = 3) -> Samples:
    return Samples(Samples.Params(n=n), FakeScope(ScriptedLM(answers)))


def test_blank_samples_are_left_out_and_told() -> None:
    result = alone({"answer": "Paris"}, {"answer": " "}, {"answer": "Paris"}).run("Where?")
    assert result.value.texts == ["Paris", "Paris"]
    assert result.warnings == ("1 of 3 samples are blank: left out",)


def test_fewer_than_two_samples_are_an_error() -> None:
    with pytest.raises(LMError, match="2 of 3 samples are blank"):
        alone({"answer": "Paris"}, {"answer": " "}, {"answer": ""}).run("Where?")


def test_a_sample_that_fails_fails_the_step() -> None:
    with pytest.raises(LMError):
        alone({"answer": "Paris"}, Fault("auth"), {"answer": "Paris"}).run("Where?")
