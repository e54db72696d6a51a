"""pipelines/methods/self-route.yaml."""

from __future__ import annotations

from ragkit.testing import FakeReader, opened
from tests.pipelines.methods.running import BROKEN, QUESTION, alike, is_documented, method, page, spans

FEW = {"few.k": 3}


def reader_of_many(asked):
    """Answers from all five notes, and says that fewer do not suffice."""
    return {"answer": "At the largest gap [1]." if asked.field("passages").count("\n[") == 4 else "NOT FOUND"}


def test_where_a_few_passages_suffice_nothing_more_is_read():
    with method("self-route", lambda asked: {"answer": "At the largest gap [1]."}, choices=FEW) as (pipeline, lm):
        result = pipeline.run(QUESTION)
        is_documented("self-route", pipeline.plan)
    assert (len(lm.requests), result.usage["retrieval_calls"], len(result.answer.passages)) == (1, 1, 3)
    assert spans(result, "long") == []
    (judged,) = spans(result, "unanswerable")
    assert judged.decision.reason == "there is an answer"


def test_where_they_do_not_all_that_fits_is_read():
    with method("self-route", reader_of_many, choices=FEW) as (pipeline, lm):
        result = pipeline.run(QUESTION)
    assert (len(lm.requests), result.usage["retrieval_calls"]) == (2, 2)
    assert result.answer.text == "At the largest gap [1]."
    assert len(result.answer.passages) == 5
    assert spans(result, "unanswerable")[0].outputs["abstained"]


def test_what_is_read_is_bounded_in_tokens():
    small = FakeReader({f"d{i}": ["word " * 3000] for i in range(5)})
    with method("self-route", lambda asked: {"answer": "NOT FOUND"}, small, {"context.max_tokens": 8000}) as (found, _):
        result = found.run(QUESTION)
    assert sum(p.tokens for p in spans(result, "context")[0].outputs["passages"]) <= 8000
    assert result.answer.abstained


def test_a_budget_of_one_request_leaves_the_short_answer():
    with method("self-route", reader_of_many, choices=FEW, budget="{lm_calls: 1}") as (pipeline, lm):
        result = pipeline.run(QUESTION)
    assert len(lm.requests) == 1
    assert result.answer.abstained
    assert result.stopped == "budget: lm_calls"


def test_without_an_lm_sentences_are_quoted_and_the_route_is_the_same():
    with opened(page("self-route", lm=""), reader=FakeReader(), choices=FEW) as pipeline:
        assert pipeline.plan.calls.lm == 0
        sure, lost = pipeline.run("Where is the ranked list cut?"), pipeline.run("Who won the cup in 1998?")
    assert "largest gap" in sure.answer.text
    assert (sure.usage["retrieval_calls"], lost.usage["retrieval_calls"]) == (1, 2)
    assert lost.answer.abstained


def test_a_batch_comes_to_the_same_as_single_runs():
    with method("self-route", reader_of_many, choices=FEW) as (pipeline, _):
        alike(pipeline)


def test_a_server_that_fails_on_the_long_answer_fails_the_question():
    replies = iter([{"answer": "NOT FOUND"}, BROKEN])
    with method("self-route", lambda asked: next(replies), choices=FEW) as (pipeline, _):
        result = pipeline.run(QUESTION)
    assert result.error.place == "long"
    assert result.usage["lm_calls"] == 2
