"""pipelines/methods/pathway-k.yaml."""

from __future__ import annotations

import pytest

from ragkit.testing import FakeReader, opened
from tests.pipelines.methods.running import QUESTION, alike, gave, is_documented, method, page, spans, stopped

MANY = FakeReader({f"d{i}": [f"Adaptive note number {i} says something about the list."] for i in range(20)})


def shown(asked):
    return asked.field("passages").count("\n[") + 1


def from_(least):
    """An LM that answers from so many passages on."""
    return lambda asked: {"answer": "At a gap [1]." if shown(asked) >= least else "NOT FOUND"}


@pytest.mark.parametrize(("least", "read"), [(1, [2]), (3, [2, 4]), (8, [2, 4, 8]), (16, [2, 4, 8, 16])])
def test_it_doubles_until_there_is_an_answer(least, read):
    with method("pathway-k", from_(least), MANY) as (pipeline, lm):
        result = pipeline.run(QUESTION)
        is_documented("pathway-k", pipeline.plan)
    assert [shown(asked) for asked in lm.requests] == read
    assert result.usage["lm_calls"] == len(read)
    assert result.usage["retrieval_calls"] == 1, "one search for all rounds"
    assert result.answer.text == "At a gap [1]."
    assert stopped(result) == "until"


def test_after_sixteen_it_gives_up():
    with method("pathway-k", from_(99), MANY) as (pipeline, lm):
        result = pipeline.run(QUESTION)
        assert len(lm.requests) == pipeline.plan.calls.lm == 4
    assert stopped(result) == "max_rounds"
    assert result.answer.abstained
    assert gave(result, "ask.gave_up", "abstained") == [True] * 4


def test_another_factor_gets_there_sooner():
    with method("pathway-k", from_(16), MANY, {"ask.more.factor": 4}) as (pipeline, lm):
        pipeline.run(QUESTION)
    assert [shown(asked) for asked in lm.requests] == [2, 8, 16]


def test_the_budget_ends_it():
    with method("pathway-k", from_(16), MANY, budget="{lm_calls: 2}") as (pipeline, lm):
        result = pipeline.run(QUESTION)
    assert (len(lm.requests), stopped(result), result.stopped) == (2, "budget", "budget: lm_calls")
    assert result.answer.abstained


def test_without_an_lm_sentences_are_quoted():
    with opened(page("pathway-k", lm=""), reader=FakeReader()) as pipeline:
        assert pipeline.plan.calls.lm == 0
        sure, lost = pipeline.run("Where is the ranked list cut?"), pipeline.run("Who won the cup in 1998?")
    assert "largest gap" in sure.answer.text
    assert len(spans(sure, "ask.draft")) == 1
    assert len(spans(lost, "ask.draft")) == 4


def test_a_batch_comes_to_the_same_as_single_runs():
    with method("pathway-k", from_(4), MANY) as (pipeline, _):
        alike(pipeline)
