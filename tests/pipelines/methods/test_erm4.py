"""pipelines/methods/erm4.yaml."""

from __future__ import annotations

import pytest

from ragkit.components.memory import _store
from tests.pipelines.methods.running import BROKEN, OTHER, QUESTION, gave, is_documented, method, spans

CLEAR = "By what does BM25 rank passages, and what else does BM25 do?"
EASY = {"remembered.like": 0.3, "remembered.titles": 1}


@pytest.fixture(autouse=True)
def empty():
    _store.forget()
    yield
    _store.forget()


def rule(helpful=(1,), queries=("BM25 ranking", "words in common")):
    def answer(asked):
        if "queries" in asked.wanted:
            return {"rewritten": CLEAR, "queries": list(queries)}
        return {"helpful": list(helpful)} if "helpful" in asked.wanted else {"answer": "By words in common [1]."}

    return answer


def test_the_clear_question_is_answered_from_what_the_queries_found_and_the_filter_kept():
    with method("erm4", rule()) as (pipeline, lm):
        result = pipeline.run(OTHER)
        is_documented("erm4", pipeline.plan)
    assert [span.inputs["query"] for span in spans(result, "each.hits")] == ["BM25 ranking", "words in common"]
    assert (result.usage["lm_calls"], result.usage["retrieval_calls"]) == (3, 2)
    assert [asked.field("question") for asked in lm.requests] == [OTHER, CLEAR, CLEAR]
    assert len(result.answer.passages) == 1
    assert gave(result, "kept", "size") == [5]
    (gate,) = spans(result, "remembered")
    assert gate.decision.reason == ("0 titles of 0 remembered have a cosine of at least 0.6, 3 are needed: retrieve")


def test_what_was_read_before_is_not_searched_for_again():
    with method("erm4", rule(), choices=EASY) as (pipeline, _):
        first, second = pipeline.run(OTHER), pipeline.run(OTHER)
    assert (first.usage["retrieval_calls"], second.usage["retrieval_calls"]) == (2, 0)
    assert (first.usage["lm_calls"], second.usage["lm_calls"]) == (3, 3)
    assert spans(second, "each.hits") == []
    assert "answered from memory" in spans(second, "remembered")[0].decision.reason
    assert second.answer.passages[0].doc_id == "bm25"
    assert second.answer.text == "By words in common [1]."


def test_the_memory_does_not_outlast_the_process_state():
    with method("erm4", rule(), choices=EASY) as (pipeline, _):
        pipeline.run(OTHER)
        _store.forget()
        assert pipeline.run(OTHER).usage["retrieval_calls"] == 2


def test_where_the_filter_drops_everything_it_abstains_and_asks_no_more():
    with method("erm4", rule(helpful=())) as (pipeline, lm):
        result = pipeline.run(OTHER)
    assert result.answer.abstained
    assert len(lm.requests) == 2


def test_never_more_than_three_queries():
    with method("erm4", rule(queries=tuple("abcde"))) as (pipeline, _):
        result = pipeline.run(OTHER)
        assert result.usage["retrieval_calls"] == pipeline.plan.calls.retrievals == 3
    assert "the first 3 were taken" in str(result.warnings)


def test_questions_of_one_batch_cannot_remember_each_other():
    with method("erm4", rule(), choices=EASY) as (pipeline, _):
        assert [r.usage["retrieval_calls"] for r in pipeline.run_batch([OTHER, OTHER])] == [2, 2]
        assert [r.usage["retrieval_calls"] for r in pipeline.run_batch([OTHER, OTHER])] == [0, 0]


def test_a_filter_that_fails_fails_the_question_after_it_was_remembered():
    def broken(asked):
        return BROKEN if "helpful" in asked.wanted else rule()(asked)

    with method("erm4", broken) as (pipeline, _):
        result = pipeline.run(QUESTION)
    assert result.error.place == "evidence"
    assert result.usage["lm_calls"] == 2
