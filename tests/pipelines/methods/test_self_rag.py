"""pipelines/methods/self-rag.yaml."""

from __future__ import annotations

import pytest

from ragkit.components.generate.next_sentence import NONE_YET
from tests.pipelines.methods.running import BROKEN, OTHER, QUESTION, alike, gave, is_documented, method, spans, stopped

GOOD = {"relevance": "relevant", "support": "fully supported", "usefulness": 4}
POOR = {"relevance": "irrelevant", "support": "not supported", "usefulness": 2}


def rule(asked):
    """Looks up the first sentence, writes the second from memory; prefers what comes from the note on HNSW."""
    wanted, so_far = asked.wanted[0], asked.field("so_far")
    if wanted == "retrieve":
        return {"retrieve": "retrieve" if so_far == NONE_YET or not so_far.strip() else "continue"}
    if wanted == "relevance":
        return GOOD if "largest gap" in asked.field("passage") else POOR
    if asked.field("passage"):
        return {"sentence": f"It says: {asked.field('passage').split()[0]}."}
    return {"sentence": "So the answer is: at the largest gap."}


def test_the_best_sentence_of_all_passages_stands_and_the_next_needs_none():
    with method("self-rag", rule) as (pipeline, lm):
        result = pipeline.run(QUESTION)
        is_documented("self-rag", pipeline.plan)
    assert gave(result, "ask.need", "retrieve") == ["retrieve", "continue"]
    (scores,) = gave(result, "ask.best", "scores")
    assert sorted(scores) == pytest.approx([-0.25, -0.25, 2.25])
    assert gave(result, "ask.sentence", "output") == ["It says: Adaptive-K.", "So the answer is: at the largest gap."]
    assert result.answer.text == "at the largest gap."
    assert [p.doc_id for p in result.answer.passages] == ["adaptive-k"], "only what a kept sentence came from"
    assert result.usage["lm_calls"] == len(lm.requests) == 9
    assert result.usage["retrieval_calls"] == 1
    assert stopped(result) == "until"
    decision = spans(result, "ask.best")[0].decision
    assert decision.score == 2.25 and "fully supported, usefulness 4 of 5" in decision.reason


def test_a_sentence_that_repeats_itself_ends_it():
    def stuck(asked):
        return {"retrieve": "retrieve"} if asked.wanted == ["retrieve"] else rule(asked)

    with method("self-rag", stuck) as (pipeline, _):
        result = pipeline.run(QUESTION)
    assert stopped(result) == "max_failures"
    assert result.usage["lm_calls"] == 14


def test_a_batch_comes_to_the_same_as_single_runs():
    with method("self-rag", rule) as (pipeline, _):
        alike(pipeline)


@pytest.mark.parametrize(("calls", "text"), [(6, ""), (7, "It says: Adaptive-K.")])
def test_the_sentences_so_far_are_the_answer_when_the_budget_is_spent(calls, text):
    """A step that asks for three verdicts is asked wholly or not at all."""
    with method("self-rag", rule, budget=f"{{lm_calls: {calls}}}") as (pipeline, lm):
        result = pipeline.run(QUESTION)
    assert len(lm.requests) <= calls
    assert result.stopped == "budget: lm_calls"
    assert result.answer.abstained == (not text)
    assert result.answer.text == text or not text


def test_a_server_that_fails_in_the_second_round_fails_that_question_alone():
    def failing(asked):
        second = asked.wanted == ["sentence"] and not asked.field("passage")
        return BROKEN if second and asked.field("question") == OTHER else rule(asked)

    with method("self-rag", failing) as (pipeline, _):
        good, lost = pipeline.run_batch([QUESTION, OTHER])
    assert good.answer.text == "at the largest gap."
    assert lost.error.place == "ask.plain" and lost.usage["lm_calls"] == 9
