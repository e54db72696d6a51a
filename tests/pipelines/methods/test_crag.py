"""pipelines/methods/crag.yaml."""

from __future__ import annotations

import pytest

from ragkit.testing import FakeReader, opened
from tests.pipelines.methods.running import BROKEN, QUESTION, alike, is_documented, method, page, spans

PROMPTED = {"verdict.use": "prompted"}


def rule(grade):
    def answer(asked):
        if "grade" in asked.wanted:
            return {"grade": grade(asked) if callable(grade) else grade}
        if "query" in asked.wanted:
            return {"query": "ranked list, gap, scores"}
        return {"answer": "At the largest gap [1]."}

    return answer


def grade_of(asked):
    return "relevant" if "largest gap" in asked.field("passage") else "irrelevant"


def label(result):
    (span,) = spans(result, "verdict")
    return span.outputs["label"]


@pytest.mark.parametrize(
    ("grade", "verdict", "calls", "retrievals"),
    [(grade_of, "correct", 6, 1), ("partly relevant", "ambiguous", 7, 2), ("irrelevant", "incorrect", 7, 2)],
)
def test_the_verdict_decides_which_sources_are_read(grade, verdict, calls, retrievals):
    with method("crag", rule(grade), choices=PROMPTED) as (pipeline, lm):
        result = pipeline.run(QUESTION)
        assert pipeline.plan.calls.lm == 12
    assert label(result) == verdict
    assert (len(lm.requests), result.usage["lm_calls"]) == (calls, calls), "five grades, perhaps keywords, an answer"
    assert result.usage["retrieval_calls"] == retrievals
    own, *_ = spans(result, "own")
    assert len(own.outputs["passages"]) == {"correct": 1, "ambiguous": 5, "incorrect": 0}[verdict]
    assert bool(spans(result, "others")) == (verdict != "correct")


def test_the_second_source_is_searched_with_keywords_and_both_are_cut_into_strips():
    with method("crag", rule("partly relevant"), choices=PROMPTED) as (pipeline, lm):
        result = pipeline.run(QUESTION)
    (elsewhere,) = spans(result, "elsewhere")
    assert elsewhere.inputs["query"] == "ranked list, gap, scores"
    (asked,) = (asked for asked in lm.requests if "query" in asked.wanted)
    assert "at most three keywords" in asked.messages[0]["content"]
    assert all(passage.parts for passage in result.answer.passages)
    assert result.answer.citations[0].passage_id.count("/") == 1


def test_the_trained_evaluator_needs_one_request_where_it_is_sure():
    with method("crag", rule("relevant")) as (pipeline, lm):
        result = pipeline.run("Where is the ranked list cut, at the largest gap between neighbouring scores?")
        is_documented("crag", pipeline.plan)
    (span,) = spans(result, "verdict")
    assert span.use == "judge.retrieval"
    assert span.decision.details.keys() == {"upper", "lower", "scores"}
    assert len(lm.requests) == {"correct": 1, "ambiguous": 2, "incorrect": 2}[label(result)]


def test_thresholds_can_be_set():
    for upper, lower, verdict in ((0.0, 0.0, "correct"), (1.0, 0.0, "ambiguous"), (1.0, 1.0, "incorrect")):
        text = page("crag").replace("upper: 0.5, lower: 0.05", f"upper: {upper}, lower: {lower}")
        with opened(text.replace("lm: scripted/lm", "lm:"), reader=FakeReader()) as pipeline:
            assert label(pipeline.run(QUESTION)) == verdict


def test_without_an_lm_the_question_is_searched_for_and_sentences_are_quoted():
    with opened(page("crag", lm="").replace("upper: 0.5", "upper: 1.0"), reader=FakeReader()) as pipeline:
        assert pipeline.plan.calls.lm == 0
        result = pipeline.run("Who won the cup in 1998?")
    assert label(result) == "ambiguous"
    assert spans(result, "elsewhere")[0].inputs["query"] == "Who won the cup in 1998?"


def test_a_batch_comes_to_the_same_as_single_runs():
    with method("crag", rule(grade_of), choices=PROMPTED) as (pipeline, _):
        alike(pipeline)


def test_a_grade_that_cannot_be_had_fails_the_question():
    with method("crag", lambda asked: BROKEN, choices=PROMPTED) as (pipeline, _):
        assert pipeline.run(QUESTION).error.place == "verdict"
