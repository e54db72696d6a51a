"""LM steps within limits: how many requests at once, and what the budget of a question pays."""

from __future__ import annotations

import threading
import time

import pytest

from ragkit.testing import ChatServer, Fault, Said
from tests.engine.lm_parts import SIMPLE, pipeline, scripted, served, spans


def test_a_batch_asks_side_by_side_within_the_limit_of_the_lm():
    def rule(asked):
        time.sleep(0.05)
        return {"answer": asked.field("question")}

    with ChatServer(rule) as server, pipeline(served(server, "concurrency: 3")) as loaded:
        results = loaded.run_batch([f"q{n}" for n in range(12)])
        assert [result.answer.text for result in results] == [f"q{n}" for n in range(12)]
        assert server.most_at_once == 3


def test_two_pipelines_share_the_limit_of_one_lm():
    def rule(asked):
        time.sleep(0.03)
        return {"answer": "x"}

    with ChatServer(rule) as server:
        one, two = pipeline(served(server, "concurrency: 2")), pipeline(served(server, "concurrency: 4"))
        threads = [threading.Thread(target=p.run_batch, args=([str(n) for n in range(6)],)) for p in (one, two)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert server.most_at_once == 2
        assert len(server.requests) == 12


def limited(budget: str) -> str:
    return SIMPLE.replace("lm: scripted/lm", f"lm: scripted/lm\nbudget: {{{budget}}}")


def test_a_retry_that_the_budget_does_not_pay_is_not_sent():
    with scripted(limited("lm_calls: 2"), lambda asked: Fault("server", retry_after=0.01)) as (loaded, lm):
        result = loaded.run("Why?")
        assert len(lm.requests) == 2
        assert result.usage["lm_calls"] == 2
        assert result.stopped == "budget: lm_calls"
        assert spans(result, "answer")[0].status == "skipped"
        assert len(spans(result, "answer")[0].requests) == 1


def test_a_step_that_cannot_be_paid_is_not_asked():
    with scripted(limited("lm_calls: 0"), []) as (loaded, lm):
        result = loaded.run("Why?")
        assert lm.requests == []
        assert (result.answer, result.stopped, result.error) == (None, "budget: lm_calls", None)


@pytest.mark.clock
def test_no_wait_is_begun_that_ends_after_the_question_s_time():
    with scripted(limited("seconds: 0.5"), lambda asked: Fault("rate_limit", retry_after=20)) as (
        loaded,
        _,
    ):
        started = time.perf_counter()
        result = loaded.run("Why?")
    assert time.perf_counter() - started < 10, "it waited the twenty seconds"
    assert "no time is left" in str(result.trace.spans[0].requests[0]["failures"])
    assert result.error is not None


TWO = """
version: 1
lm: scripted/lm
budget: {budget}
steps:
  draft: {{use: lm.predict, signature: "question -> draft"}}
  answer: {{use: lm.predict, signature: "draft, question -> answer: Answer", draft: draft}}
output: answer
"""


def test_tokens_of_the_budget_are_those_that_servers_say():
    text = TWO.format(budget="{tokens: 100}")
    with scripted(text, [Said({"draft": "x"}, usage=(90, 20)), Said({"answer": "y"}, usage=(5, 5))]) as (loaded, lm):
        result = loaded.run("Why?")
        assert len(lm.requests) == 1
        assert result.stopped == "budget: tokens"
    with scripted(text, [Said({"draft": "x"}, usage=None), Said({"answer": "y"}, usage=(5, 5))]) as (loaded, lm):
        result = loaded.run("Why?")
        assert result.answer.text == "y"
        assert "the budget for tokens cannot count them" in result.warnings[0]
