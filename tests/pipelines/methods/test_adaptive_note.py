"""pipelines/methods/adaptive-note.yaml."""

from __future__ import annotations

from ragkit.testing import FakeReader
from tests.pipelines.methods.running import BROKEN, OTHER, QUESTION, alike, gave, is_documented, method, spans, stopped

PLANTS = {f"plant-{i}": [f"Plant {i} grows in place {'abcdefghij'[i % 10] * 3}."] for i in range(20)}


def rule(asked, better=True):
    field = asked.wanted[0]
    note = asked.field("note") or ""
    return {
        field: {
            "note": "Note 0.",
            "queries": ["abc"[note.count("more") % 3] * 3, "grow"],
            "refined_note": f"{note} And more.",
            "second_is_better": better,
            "answer": f"From: {note}",
        }[field]
    }


def reader():
    return FakeReader(PLANTS)


def test_notes_grow_while_they_get_better():
    with method("adaptive-note", rule, reader()) as (pipeline, lm):
        result = pipeline.run(QUESTION)
        is_documented("adaptive-note", pipeline.plan)
    best = gave(result, "grow.verdict", "best")
    assert best[0] == "Note 0. And more."
    assert result.answer.text == f"From: {best[-1]}"
    assert "stands for the answer" not in str(result.warnings), "the LM has answered"
    asked = [len(spans(result, f"grow.{step}")) for step in ("ask", "refined", "verdict")]
    assert asked == [2, 1, 1], "the second round finds nothing new"
    assert len(lm.requests) == result.usage["lm_calls"] == 2 + sum(asked)
    assert stopped(result, "grow") == "max_failures"
    assert len(result.document["passages"]) <= 15
    (_, *rest) = [one for one in lm.requests if "queries" in one.wanted]
    assert "aaa grow" in rest[0].field("asked")
    for span in spans(result, "grow.refined"):
        known = {p.id for earlier in spans(result, "hits") for p in earlier.outputs["passages"]}
        assert not known & {p.id for p in span.inputs["passages"]}, "only new passages are read"


def test_the_best_note_is_kept_and_one_failure_ends_it():
    with method("adaptive-note", lambda asked: rule(asked, better=False), reader()) as (pipeline, lm):
        result = pipeline.run(QUESTION)
    assert result.answer.text == "From: Note 0."
    assert len(lm.requests) == 5
    assert stopped(result, "grow") == "max_failures"
    assert spans(result, "grow.verdict")[0].decision.score == 0.0
    assert "was true once after 1 round" in spans(result, "grow")[0].decision.reason


def test_a_round_that_finds_nothing_new_is_a_failure_and_asks_no_more():
    few = FakeReader({"one": ["The only note there is."]})
    with method("adaptive-note", rule, few) as (pipeline, lm):
        result = pipeline.run(QUESTION)
    assert [one.wanted for one in lm.requests] == [["note"], ["queries"], ["answer"]]
    assert stopped(result, "grow") == "max_failures"


def test_no_new_question_searches_for_the_old_one():
    def silent(asked):
        return {"queries": []} if "queries" in asked.wanted else rule(asked)

    with method("adaptive-note", silent, reader()) as (pipeline, _):
        result = pipeline.run(QUESTION)
    assert result.error is None
    assert spans(result, "grow.found")[0].inputs["query"] == QUESTION


def test_a_batch_comes_to_the_same_as_single_runs():
    with method("adaptive-note", rule, reader()) as (pipeline, _):
        alike(pipeline)


def test_the_best_note_is_the_answer_when_the_budget_is_spent():
    with method("adaptive-note", rule, reader(), budget="{lm_calls: 4}") as (pipeline, lm):
        result = pipeline.run(QUESTION)
    assert len(lm.requests) == 4
    assert result.stopped == "budget: lm_calls"
    assert result.answer.text == "Note 0. And more." or result.answer.text == "Note 0."
    assert result.document["passages"]


def test_a_server_that_fails_in_the_second_round_fails_that_question_alone():
    def failing(asked):
        second = "queries" in asked.wanted and "more" in asked.field("note")
        return BROKEN if second and asked.field("question") == OTHER else rule(asked)

    with method("adaptive-note", failing, reader()) as (pipeline, _):
        good, lost = pipeline.run_batch([QUESTION, OTHER])
    assert good.answer.text.startswith("From: Note 0.")
    assert lost.error.place == "grow.ask"
