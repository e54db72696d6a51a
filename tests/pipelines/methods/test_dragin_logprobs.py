"""pipelines/methods/dragin-logprobs.yaml."""

from __future__ import annotations

import math

import pytest

from ragkit.components.generate.next_sentence import NONE_YET
from ragkit.testing import Said
from tests.pipelines.methods.running import BROKEN, OTHER, QUESTION, alike, gave, is_documented, method, spans, stopped

DOUBTED = "The list is cut after ten passages."
MENDED = "The list is cut at the largest gap."
LAST = "So the answer is: at the gap."


def said(sentence, doubts=()):
    """A sentence whose doubted words had four equal chances: an entropy of log 4."""
    parts = [("[[ ## sentence ## ]]\n", 0.0, {"[[": 0.0, "x": -9.0})]
    for word in sentence.split():
        doubted = word.strip(".") in doubts
        chance = math.log(0.25) if doubted else math.log(0.999)
        others = {str(n): chance for n in range(3)} if doubted else {"x": math.log(0.001)}
        parts.append((f"{word} ", chance, {f"{word} ": chance, **others}))
    parts.append(("\n\n[[ ## completed ## ]]", 0.0, {"x": -9.0}))
    return Said("".join(part[0] for part in parts), parts)


def rule(asked):
    if asked.field("so_far") != NONE_YET:
        return said(LAST)
    return said(DOUBTED, ["ten", "after"]) if asked.field("passages") == "(no passages)" else said(MENDED)


def test_a_content_word_with_much_entropy_is_looked_up():
    with method("dragin-logprobs", rule) as (pipeline, lm):
        result = pipeline.run(QUESTION)
        is_documented("dragin-logprobs", pipeline.plan)
    assert gave(result, "ask.sentence", "output") == [MENDED, LAST]
    assert result.answer.text == "at the gap."
    (found,) = spans(result, "ask.found")
    assert found.inputs["query"] == f"{QUESTION} list cut passages."
    first, second = (span.decision for span in spans(result, "ask.sure"))
    assert first.score == pytest.approx(math.log(4), abs=1e-3) and first.threshold == 0.7
    assert first.details["word"] == "ten" and list(first.details["uncertain"]) == ["ten"], "“after” is no content word"
    assert second.score < 0.1
    assert result.usage["lm_calls"] == len(lm.requests) == 3
    assert stopped(result) == "until"


def test_a_server_that_gives_no_alternatives_is_told_what_else_there_is():
    bare = said(DOUBTED)
    with method("dragin-logprobs", lambda asked: Said(bare.text, [one[:2] for one in bare.logprobs])) as (pipeline, _):
        result = pipeline.run(QUESTION)
    assert result.error.place == "ask.sure"
    assert "alternatives" in str(result.error) and "measure: probability" in result.error.hint


def test_a_batch_comes_to_the_same_as_single_runs():
    with method("dragin-logprobs", rule) as (pipeline, _):
        alike(pipeline)


def test_the_text_so_far_is_the_answer_when_the_budget_is_spent():
    for calls, text in ((1, DOUBTED), (2, MENDED)):
        with method("dragin-logprobs", rule, budget=f"{{lm_calls: {calls}}}") as (pipeline, _):
            result = pipeline.run(QUESTION)
        assert result.answer.text == text and result.stopped == "budget: lm_calls"


def test_a_server_that_fails_in_the_second_round_fails_that_question_alone():
    def failing(asked):
        lost = asked.field("question") == OTHER and asked.field("so_far") != NONE_YET
        return BROKEN if lost else rule(asked)

    with method("dragin-logprobs", failing) as (pipeline, _):
        good, lost = pipeline.run_batch([QUESTION, OTHER])
    assert good.answer.text == "at the gap."
    assert lost.error.place == "ask.look" and lost.usage["lm_calls"] == 3
