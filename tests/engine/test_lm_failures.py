"""LM steps whose server fails: what is sent again, what is told, what it cost, and who is asked instead."""

from __future__ import annotations

import re
import time

import pytest

from ragkit.testing import ChatServer, Fault, ScriptedLM, in_process
from tests.engine.lm_parts import SIMPLE, pipeline, scripted, served, spans


def test_a_request_that_fails_in_passing_is_sent_again_and_counted():
    faults = [Fault("rate_limit", retry_after=0.01), Fault("server", retry_after=0.01)]
    with scripted(SIMPLE, [*faults, {"answer": "Yes."}]) as (loaded, lm):
        result = loaded.run("Why?")
        assert result.answer.text == "Yes."
        assert result.usage["lm_calls"] == len(lm.requests) == 3
        (request,) = spans(result, "answer")[0].requests
        assert [failure["error"] for failure in request["failures"]] == ["LMRateLimitError", "LMServerError"]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault("rate_limit"), r"refuses requests for now \(429\), 2 times"),
        (Fault("server"), r"failed \(500\), 2 times"),
        (Fault("auth"), r"refuses the key \(401\)"),
        (Fault("bad_request"), r"does not take the request \(400\)"),
        (Fault("connection"), "could not be reached, or broke off"),
        (Fault("garbage"), "sent what cannot be read"),
        (Fault("half"), "broke off"),
        (Fault("empty"), "gave an empty reply"),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else "",
)
def test_a_server_that_fails_fails_its_question_alone(fault, said):
    def rule(asked):
        return fault if "bad" in asked.field("question") else {"answer": "Yes."}

    with ChatServer(rule) as server, pipeline(served(server, "retries: 1, timeout: 5")) as loaded:
        good, bad, other = loaded.run_batch(["good", "bad", "other"])
    assert good.answer.text == other.answer.text == "Yes."
    assert bad.error is not None
    assert bad.error.step == "answer"
    assert re.search(said, str(bad.error)), str(bad.error)
    assert server.api_base in str(bad.error)
    assert bad.error.hint
    assert spans(bad, "answer")[0].requests


@pytest.mark.clock
def test_a_server_that_says_nothing_is_given_up_after_its_time():
    with ChatServer([Fault("timeout")]) as server, pipeline(served(server, "retries: 0, timeout: 0.3")) as loaded:
        started = time.perf_counter()
        result = loaded.run("Why?")
    assert time.perf_counter() - started < 5
    assert "did not answer in time" in str(result.error)
    assert "`timeout` under `lms`" in result.error.hint


@pytest.mark.parametrize(
    ("fault", "known"), [("auth", True), ("rate_limit", True), ("garbage", False), ("half", False)]
)
def test_what_a_failed_request_cost_is_unknown_unless_it_was_refused(fault, known):
    with ChatServer([Fault(fault)]) as server, pipeline(served(server, "retries: 0")) as loaded:
        usage = loaded.run("Why?").usage
    assert usage["lm_calls"] == 1
    assert usage["prompt_tokens"] == (0 if known else None)
    assert usage["cost"] == (0.0 if known else None)


def test_the_fallback_is_asked_only_where_the_file_names_one():
    both = SIMPLE.replace(
        "lm: scripted/lm", "lms: {main: {model: scripted/lm, retries: 0, fallback: scripted/spare}}\nlm: main"
    )
    spare = ScriptedLM([{"answer": "From the spare one."}], "scripted/spare")
    with in_process("scripted/spare", spare), scripted(both, [Fault("server")]) as (loaded, _):
        result = loaded.run("Why?")
        assert result.answer.text == "From the spare one."
        assert result.usage["lm_calls"] == 2
        assert "'scripted/spare' was asked in its place" in result.warnings[0]
        (request,) = spans(result, "answer")[0].requests
        assert request["fallback"] == "scripted/spare"
        assert [failure["error"] for failure in request["failures"]] == ["LMServerError"]
    with in_process("scripted/spare", spare), scripted(SIMPLE, [Fault("auth")]) as (loaded, _):
        assert loaded.run("Why?").error is not None
        assert len(spare.requests) == 1


def test_an_lm_that_cannot_be_opened_says_why():
    text = SIMPLE.replace("lm: scripted/lm", "lms: {x: {model: openai/any, api_key_env: NO_SUCH_KEY}}\nlm: x")
    with pytest.raises(Exception, match="'NO_SUCH_KEY', which is not set"), pipeline(text) as loaded:
        loaded.run("Why?")
