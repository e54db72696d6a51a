"""pipelines/methods/iter-retgen.yaml."""

from __future__ import annotations

from tests.pipelines.methods.running import BROKEN, OTHER, QUESTION, is_documented, method, same, spans, stopped


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
    with method("iter-retgen", answers("At a cache [1].", "At a gap [1].", "at a gap [2]")) as (pipeline, lm):
        result = pipeline.run(QUESTION)
        is_documented("iter-retgen", pipeline.plan)
    assert result.answer.text == "at a gap [2]"
    assert (len(lm.requests), result.usage["retrieval_calls"]) == (3, 3)
    assert stopped(result) == "until"
    (first, second) = spans(result, "ask.found")
    assert first.inputs["query"] == f"{QUESTION} At a cache [1]. Scores are compared."
    assert second.inputs["query"] == f"{QUESTION} At a gap [1]. Scores are compared."
    assert result.answer.passages == second.outputs["passages"], "only what this round found is read"


def test_an_answer_that_keeps_changing_ends_after_four():
    with method("iter-retgen", answers("a [1]", "b [1]", "c [1]", "d [1]")) as (pipeline, lm):
        result = pipeline.run(QUESTION)
        assert len(lm.requests) == pipeline.plan.calls.lm == 4
    assert stopped(result) == "max_rounds"
    assert result.answer.text == "d [1]"


def test_the_last_answer_that_was_paid_for_is_kept():
    rule = answers("a [1]", "b [1]", "c [1]")
    with method("iter-retgen", rule, budget="{lm_calls: 2}") as (pipeline, _):
        result = pipeline.run(QUESTION)
    assert result.answer.text == "b [1]"
    assert result.stopped == "budget: lm_calls"
    with method("iter-retgen", answers("a [1]", "b [1]"), budget="{retrieval_calls: 1}") as (pipeline, _):
        result = pipeline.run(QUESTION)
    assert result.answer.text == "a [1]"
    assert result.stopped == "budget: retrieval_calls"


def test_a_batch_comes_to_the_same_as_single_runs():
    with method("iter-retgen", lambda asked: {"reasoning": "So.", "answer": "The same [1]."}) as (pipeline, _):
        for one, other in zip(pipeline.run_batch([QUESTION, OTHER]), map(pipeline.run, [QUESTION, OTHER]), strict=True):
            same(one, other)


def test_a_server_that_fails_in_the_second_round_fails_that_question_alone():
    healthy, broken = answers("a [1]", "a [1]"), answers("a [1]", BROKEN)
    with method("iter-retgen", lambda a: (broken if a.field("question") == OTHER else healthy)(a)) as (pipeline, _):
        good, lost = pipeline.run_batch([QUESTION, OTHER])
    assert good.answer.text == "a [1]"
    assert lost.error.place == "ask.draft" and lost.usage["lm_calls"] == 2
