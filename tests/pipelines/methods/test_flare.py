"""pipelines/methods/flare.yaml."""

from __future__ import annotations

import math

import pytest

from ragkit.components.generate.next_sentence import NONE_YET
from ragkit.testing import Said
from tests.pipelines.methods.running import BROKEN, OTHER, QUESTION, alike, gave, is_documented, method, spans, stopped

SURE = "A list is cut."
DOUBTED = "The list is cut after ten passages."
MENDED = "The list is cut at the largest gap."
LAST = "So the answer is: at the gap."


def said(sentence, doubts=(), low=0.1):
    """A sentence with its tokens; the doubted words have a low probability."""
    words = [(f"{word} ", math.log(low if word.strip(".") in doubts else 0.99)) for word in sentence.split()]
    parts = [("[[ ## sentence ## ]]\n", 0.0), *words, ("\n\n[[ ## completed ## ]]", 0.0)]
    return Said("".join(text for text, _ in parts), parts)


def counting():
    """A rule that doubts the second sentence when it is asked for it first, and each other time."""
    seen = {}

    def answer(asked):
        if "questions" in asked.wanted:
            return {"questions": ["After how many passages is it cut?", "What follows a gap?"]}
        key = (asked.field("question"), asked.field("so_far"))
        seen[key] = seen.get(key, 0) + 1
        if key[1] == NONE_YET:
            return said(SURE)
        if key[1] == SURE:
            return said(DOUBTED, ["ten"]) if seen[key] % 2 else said(MENDED, ["largest"])
        return said(LAST)

    return answer


def test_a_doubted_sentence_is_looked_up_and_written_again():
    with method("flare", counting()) as (pipeline, lm):
        result = pipeline.run(QUESTION)
        is_documented("flare", pipeline.plan)
    assert gave(result, "ask.sentence", "output") == [SURE, MENDED, LAST]
    assert result.answer.text == "at the gap."
    assert [span.inputs["query"] for span in spans(result, "ask.each.hits")] == ["The list is cut after passages."]
    assert result.usage["lm_calls"] == len(lm.requests) == 4
    assert result.usage["retrieval_calls"] == 2
    assert stopped(result) == "until"
    first, second, third = (span.decision for span in spans(result, "ask.sure"))
    assert (first.score, second.threshold) == (pytest.approx(0.99), 0.8)
    assert second.score == pytest.approx(0.1)
    assert second.details["word"] == "ten" and second.details["uncertain"] == {"ten": 0.1}
    assert third.score > 0.8
    assert ["logprobs" in asked.settings for asked in lm.requests] == [True, True, False, True], "where they are read"
    assert {p.id for p in gave(result, "first", "passages")[0]} <= {p.id for p in result.answer.passages}


def test_nothing_is_looked_up_where_the_lm_is_sure():
    with method("flare", counting(), choices={"ask.sure.threshold": 0.05}) as (pipeline, _):
        result = pipeline.run(QUESTION)
    assert result.usage["retrieval_calls"] == 1
    assert gave(result, "ask.sentence", "output") == [SURE, DOUBTED, LAST]


def test_the_explicit_way_asks_a_question_for_each_doubted_part():
    with method("flare", counting(), choices={"ask.query.use": "explicit"}) as (pipeline, lm):
        result = pipeline.run(QUESTION)
        assert pipeline.plan.calls.lm == 24
    (asked,) = (one for one in lm.requests if "questions" in one.wanted)
    assert asked.field("parts") == "1. ten"
    assert asked.field("text") == f"{SURE} {DOUBTED}"
    queries = [span.inputs["query"] for span in spans(result, "ask.each.hits")]
    assert queries == ["After how many passages is it cut?", "What follows a gap?"]
    assert result.usage["lm_calls"] == 5


def test_a_server_without_log_probabilities_is_an_error_that_says_what_does_without():
    with method("flare", lambda asked: {"sentence": SURE}) as (pipeline, _):
        result = pipeline.run(QUESTION)
    assert result.error.place == "ask.sure"
    assert "no log-probabilities" in str(result.error) and "ircot" in result.error.hint


def test_a_batch_comes_to_the_same_as_single_runs():
    with method("flare", counting()) as (pipeline, _):
        alike(pipeline)


@pytest.mark.parametrize(("calls", "text"), [(1, SURE), (2, f"{SURE} {DOUBTED}")])
def test_the_text_so_far_is_the_answer_when_the_budget_is_spent(calls, text):
    with method("flare", counting(), budget=f"{{lm_calls: {calls}}}") as (pipeline, lm):
        result = pipeline.run(QUESTION)
    assert len(lm.requests) == calls
    assert result.stopped == "budget: lm_calls"
    assert result.answer.text == text


def test_a_server_that_fails_in_the_second_round_fails_that_question_alone():
    answer = counting()

    def failing(asked):
        return BROKEN if (asked.field("question"), asked.field("so_far")) == (OTHER, SURE) else answer(asked)

    with method("flare", failing) as (pipeline, _):
        good, lost = pipeline.run_batch([QUESTION, OTHER])
    assert good.answer.text == "at the gap."
    assert lost.error.place == "ask.look" and lost.usage["lm_calls"] == 2
