"""pipelines/methods/iter-retgen.yaml."""

from __future__ import annotations

from ragkit.testing import FakeReader
from tests.pipelines.methods.running import BROKEN, OTHER, QUESTION, alike, is_documented, method, spans, stopped

NAMES = "abcdefghijklmnopqrst"


def reader():
    """Twenty notes, so that other words find other passages: each says its letter."""
    return FakeReader({f"note-{name}": [f"A list is cut {name * 3} {name * 3}."] for name in NAMES})


def answers(*texts):
    """A rule: what is answered in each round, told by what was found in it."""
    rounds = {}

    def rule(asked):
        question = asked.field("question")
        rounds[question] = rounds.get(question, 0) + 1
        text = texts[min(rounds[question], len(texts)) - 1]
        return text if not isinstance(text, str) else {"reasoning": "Scores are compared.", "answer": text}

    return rule


def test_it_ends_when_the_answer_stays_the_same():
    with method("iter-retgen", answers("aaa bbb [1].", "mmm nnn [1].", "MMM nnn [2]"), reader()) as (pipeline, lm):
        result = pipeline.run(QUESTION)
        is_documented("iter-retgen", pipeline.plan)
    assert result.answer.text == "MMM nnn [2]"
    assert (len(lm.requests), result.usage["retrieval_calls"]) == (3, 3)
    assert stopped(result) == "until"
    (first, second) = spans(result, "ask.found")
    assert first.inputs["query"] == f"{QUESTION} aaa bbb [1]. Scores are compared."
    assert second.inputs["query"] == f"{QUESTION} mmm nnn [1]. Scores are compared."
    assert result.answer.passages == second.outputs["passages"], "only what this round found is read"


def test_an_answer_that_keeps_changing_ends_after_four():
    with method("iter-retgen", answers("aaa [1]", "ggg [1]", "mmm [1]", "sss [1]"), reader()) as (pipeline, lm):
        result = pipeline.run(QUESTION)
        assert len(lm.requests) == pipeline.plan.calls.lm == 4
    assert stopped(result) == "max_rounds"
    assert result.answer.text == "sss [1]"


def test_the_same_passages_again_end_it():
    with method("iter-retgen", answers("aaa [1]", "gap [1]", "score [1]")) as (pipeline, lm):
        result = pipeline.run(QUESTION)
    assert stopped(result) == "max_failures", "the notes are five, and each search finds them all"
    assert len(lm.requests) == 2 and result.answer.text == "gap [1]"


def test_the_last_answer_that_was_paid_for_is_kept():
    rule = answers("aaa [1]", "mmm [1]", "sss [1]")
    with method("iter-retgen", rule, reader(), budget="{lm_calls: 2}") as (pipeline, _):
        result = pipeline.run(QUESTION)
    assert result.answer.text == "mmm [1]"
    assert result.stopped == "budget: lm_calls"
    with method("iter-retgen", answers("a [1]", "b [1]"), budget="{retrieval_calls: 1}") as (pipeline, _):
        result = pipeline.run(QUESTION)
    assert result.answer.text == "a [1]"
    assert result.stopped == "budget: retrieval_calls"


def test_a_batch_comes_to_the_same_as_single_runs():
    with method("iter-retgen", lambda asked: {"reasoning": "So.", "answer": "The same [1]."}) as (pipeline, _):
        alike(pipeline)


def test_a_server_that_fails_in_the_second_round_fails_that_question_alone():
    healthy, broken = answers("a [1]", "a [1]"), answers("a [1]", BROKEN)
    with method("iter-retgen", lambda a: (broken if a.field("question") == OTHER else healthy)(a)) as (pipeline, _):
        good, lost = pipeline.run_batch([QUESTION, OTHER])
    assert good.answer.text == "a [1]"
    assert lost.error.place == "ask.draft" and lost.usage["lm_calls"] == 2
