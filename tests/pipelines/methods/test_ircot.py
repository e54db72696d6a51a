"""pipelines/methods/ircot.yaml."""

from __future__ import annotations

from ragkit.components.generate.next_sentence import NONE_YET
from tests.pipelines.methods.running import BROKEN, OTHER, QUESTION, alike, gave, is_documented, method, spans, stopped

CHAIN = {
    NONE_YET: "The list is cut where neighbouring scores have a gap.",
    "The list is cut where neighbouring scores have a gap.": "A cache answers in other words.",
}


def rule(asked):
    if "reasoning" in asked.wanted:
        return {"reasoning": "[1] says so.", "answer": "At the largest gap [1]."}
    return {"sentence": CHAIN.get(asked.field("so_far"), "So the answer is: at the largest gap.")}


def test_each_sentence_is_the_query_for_the_next_and_a_reader_answers_from_all():
    with method("ircot", rule) as (pipeline, lm):
        result = pipeline.run(QUESTION)
        is_documented("ircot", pipeline.plan)
    assert gave(result, "ask.next", "sentence") == [*CHAIN.values(), "So the answer is: at the largest gap."]
    assert [span.inputs["query"] for span in spans(result, "ask.found")] == [QUESTION, *CHAIN.values()]
    assert stopped(result) == "until"
    assert result.usage["lm_calls"] == len(lm.requests) == 4
    assert result.usage["retrieval_calls"] == 3
    assert result.answer.text == "At the largest gap [1]."
    assert "caching" in {p.doc_id for p in result.answer.passages}, "found by the second sentence"
    assert gave(result, "ask.pool", "passages")[-1] == result.answer.passages
    assert "answer is" in spans(result, "ask.grown")[-1].decision.reason


def test_evidence_is_capped():
    text = {"choices": {"ask.found.k": 2}}
    with method("ircot", rule, **text) as (pipeline, _):
        assert len(spans(pipeline.run(QUESTION), "ask.pool")[-1].outputs["passages"]) <= 4


def test_a_sentence_that_says_nothing_new_ends_the_loop():
    def stuck(asked):
        return rule(asked) if "reasoning" in asked.wanted else {"sentence": "It is cut somewhere."}

    with method("ircot", stuck) as (pipeline, _):
        result = pipeline.run(QUESTION)
    assert stopped(result) == "max_failures"
    assert result.usage["lm_calls"] == 3


def test_eight_sentences_are_the_most():
    def endless(asked):
        if "reasoning" in asked.wanted:
            return rule(asked)
        return {"sentence": f"Sentence {asked.field('so_far').count('.')} follows."}

    with method("ircot", endless) as (pipeline, lm):
        result = pipeline.run(QUESTION)
        assert len(lm.requests) == pipeline.plan.calls.lm == 9
    assert stopped(result) == "max_rounds"
    assert "stands for the answer" not in str(result.warnings), "the reader has answered"


def test_a_batch_comes_to_the_same_as_single_runs():
    with method("ircot", rule) as (pipeline, _):
        alike(pipeline)


def test_what_was_reasoned_is_the_answer_when_the_budget_is_spent():
    with method("ircot", rule, budget="{lm_calls: 2}") as (pipeline, lm):
        result = pipeline.run(QUESTION)
    assert len(lm.requests) == 2
    assert result.stopped == "budget: lm_calls"
    assert stopped(result) == "budget"
    assert result.answer.text == " ".join(CHAIN.values())
    assert "whole of it stands for the answer" in str(result.warnings)


def test_tokens_are_a_bound_too():
    with method("ircot", rule, budget="{tokens: 150}") as (pipeline, lm):
        result = pipeline.run(QUESTION)
    assert result.stopped == "budget: tokens"
    assert len(lm.requests) == 1 and result.answer.text == CHAIN[NONE_YET]


def test_a_server_that_fails_in_the_second_round_fails_that_question_alone():
    def failing(asked):
        lost = asked.field("question") == OTHER and asked.field("so_far") not in (None, NONE_YET)
        return BROKEN if lost else rule(asked)

    with method("ircot", failing) as (pipeline, _):
        good, lost = pipeline.run_batch([QUESTION, OTHER])
    assert good.error is None and good.answer.text == "At the largest gap [1]."
    assert lost.error.place == "ask.next" and "no longer today" in str(lost.error)
    assert lost.usage["lm_calls"] == 2
