"""The shipped pipeline behind an uncertainty gate, over a corpus of notes and an LM that knows some answers."""

from __future__ import annotations

import itertools

from tests.pipelines.test_lm_pipelines import QUESTION, retrievals, shipped


def test_where_the_samples_agree_the_draft_is_the_answer_and_nothing_is_retrieved():
    with shipped("uncertainty-gated", {"answer": "Paris."}) as (found, lm):
        result = found.run(QUESTION)
        assert found.plan.calls.lm == 7
    assert result.answer.text == "Paris."
    assert result.usage["retrieval_calls"] == 0
    assert result.usage["lm_calls"] == len(lm.requests) == 6, "the draft and five samples, each counted"
    gate = next(decision for decision in result.decisions if decision["kind"] == "gate")
    assert (gate["score"], gate["threshold"]) == (0.0, 0.5)


def test_where_they_differ_the_question_is_looked_up():
    numbers = itertools.count()

    def answer(asked):
        return "At a gap [1]." if asked.field("passages") else f"guess{next(numbers)}"

    with shipped("uncertainty-gated", {"answer": answer}) as (found, lm):
        result = found.run(QUESTION)
    assert retrievals(result) == [QUESTION]
    assert result.answer.text == "At a gap [1]."
    assert result.answer.citations[0].passage_id == "adaptive-k#0"
    assert result.usage["lm_calls"] == len(lm.requests) == 7


def test_each_sample_is_one_of_its_own():
    with shipped("uncertainty-gated", {"answer": "Paris."}) as (found, _):
        result = found.run(QUESTION)
    requests = next(span for span in result.trace.spans if span.step == "samples").requests
    assert sorted(request["rollout"] for request in requests) == [0, 1, 2, 3, 4]
    assert {request["settings"]["temperature"] for request in requests} == {1.0}
