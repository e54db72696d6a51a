"""LM steps in the engine: what is asked, what is kept of it, and what it cost."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import dspy
import pytest

from ragkit.component import Need
from ragkit.lm.cache import ResponseCache
from ragkit.testing import ChatServer, Said
from ragkit.trace.record import from_document, to_document
from tests.engine.lm_parts import EVERYWHERE, SIMPLE, everywhere, pipeline, scripted, served, spans


def test_steps_in_every_scope_are_asked():
    with scripted(EVERYWHERE, everywhere) as (loaded, lm):
        result = loaded.run("Why?")
        assert result.answer.text == "from ++"
        assert result.usage["lm_calls"] == len(lm.requests) == 7
        assert [span.frame for span in spans(result, "each.note")] == ["each[0]", "each[1]"]
        assert [span.frame for span in spans(result, "ask.draft")] == ["ask#1", "ask#2"]
        assert spans(result, "choose.short.say") == []
        assert loaded.run("a short one").answer.text == "a short answer"


def test_the_span_holds_what_was_sent_and_said():
    with scripted(SIMPLE, [Said({"answer": "Yes."}, usage=(50, 7), cached_tokens=48)]) as (loaded, lm):
        result = loaded.run("Why?")
    (span,) = result.trace.spans
    (request,) = span.requests
    assert span.kind == "LLM"
    assert request["model"] == "scripted/lm"
    assert request["messages"] == list(lm.requests[0].messages)
    assert request["reply"] == "[[ ## answer ## ]]\nYes.\n\n[[ ## completed ## ]]"
    assert request["usage"] == {"prompt_tokens": 50, "completion_tokens": 7, "cached_tokens": 48, "cost": None}
    assert request["failures"] == []
    assert not request["cached"]
    assert request["seconds"] > 0
    assert (span.usage.lm_calls, span.usage.prompt_tokens, span.usage.cached_tokens) == (1, 50, 48)
    assert result.usage["prompt_tokens"] == 50


def test_what_a_server_does_not_say_is_unknown():
    with scripted(SIMPLE, [Said({"answer": "Yes."}, usage=None)]) as (loaded, _):
        usage = loaded.run("Why?").usage
    assert usage["lm_calls"] == 1
    assert usage["prompt_tokens"] is usage["completion_tokens"] is usage["cached_tokens"] is usage["cost"] is None


def test_a_cost_is_what_the_server_says_and_unknown_at_an_address_of_one_s_own():
    with ChatServer([{"answer": "a"}, Said({"answer": "b"}, cost=0.25)]) as server:
        text = served(server).replace("openai/any", "openai/gpt-4o-mini")  # DSPy knows what OpenAI asks for it
        with pipeline(text) as loaded:
            assert [loaded.run("Why?").usage["cost"] for _ in range(2)] == [None, 0.25]
    with scripted(SIMPLE, [Said({"answer": "b"}, cost=0.5)]) as (loaded, _):
        assert loaded.run("Why?").usage["cost"] == 0.5


def test_requests_are_stored_with_the_trace_and_hidden_where_content_is_off():
    with scripted(SIMPLE, [{"answer": "Secretariat."}]) as (loaded, _):
        trace = loaded.run("Which horse?").trace
    for content in (True, False):
        sink: dict[str, bytes] = {}
        document = to_document(trace, sink, content=content)
        found = from_document(document, sink)
        (request,) = found.spans[0].requests
        assert request["model"] == "scripted/lm"
        assert request["usage"]["prompt_tokens"] > 10
        assert ("Secretariat" in str(document)) == ("Which horse" in str(document)) == content
        assert [message["role"] for message in request["messages"]] == ["system", "user"]


def test_responses_are_kept_where_the_caches_are_on(tmp_path: Path):
    answers = [Said({"answer": "first"}, usage=(10, 2)), Said({"answer": "second"}, usage=(10, 2))]
    with scripted(SIMPLE, answers, responses=ResponseCache(tmp_path / "r.db")) as (loaded, lm):
        first, again = loaded.run("Why?"), loaded.run("Why?")
        assert first.answer.text == again.answer.text == "first"
        assert len(lm.requests) == 1
        assert [span.requests[0]["cached"] for result in (first, again) for span in result.trace.spans] == [False, True]
        assert again.usage["lm_calls"] == 1
        assert again.usage["prompt_tokens"] == 10
        assert loaded.run("Why else?").answer.text == "second"


def test_a_cache_that_cannot_be_read_fails_the_question_before_anything_is_asked(tmp_path: Path):
    responses = ResponseCache(tmp_path / "r.db")
    with sqlite3.connect(tmp_path / "r.db") as other:
        other.execute("DROP TABLE responses")
    with scripted(SIMPLE, [], responses=responses) as (loaded, lm):
        error = loaded.run("Why?").error
        assert error is not None
        assert "the cache of LM responses" in str(error)
        assert "no such table" in str(error)
        assert "--no-cache" in (error.hint or "")
        assert lm.requests == []


def test_plain_runs_ask_each_time():
    with scripted(SIMPLE, [{"answer": "first"}, {"answer": "second"}]) as (loaded, _):
        assert [loaded.run("Why?").answer.text for _ in range(2)] == ["first", "second"]


READS = """
version: 1
lm: scripted/lm
steps:
  draft: {{use: lm.predict, signature: "question -> answer: Answer, other"}}
  {reader}
output: {output}
"""


def test_log_probabilities_are_asked_for_where_a_step_reads_them():
    raw = "[[ ## answer ## ]]\nYes sir.\n\n[[ ## other ## ]]\nNo\n\n[[ ## completed ## ]]"
    pieces = ["[[ ## answer ## ]]\n", "Yes", " sir", ".", "\n\n", "[[ ## other ## ]]\nNo\n\n[[ ## completed ## ]]"]
    logprobs = [(piece, -0.1 * n, {piece: -0.1 * n, "Aye": -3.0}) for n, piece in enumerate(pieces)]
    said = Said(raw, logprobs=logprobs)
    read = READS.format(
        reader="n: {use: t.tokens, tokens: draft.logprobs}\n"
        '  again: {use: lm.predict, signature: "question -> answer: Answer", when: {port: n, at_least: 9}}\n'
        "  best: {use: flow.first, of: [again, draft]}",
        output="best",
    )
    with scripted(read, [said]) as (loaded, lm):
        assert Need.LOGPROBS in loaded.plan.needs
        result = loaded.run("Why?")
        assert lm.requests[0].settings["logprobs"] == 5
        tokens = spans(result, "draft")[0].outputs["logprobs"]
        assert [(token.text, round(token.logprob, 1)) for token in tokens] == [
            ("Yes", -0.1),
            (" sir", -0.2),
            (".", -0.3),
        ]
        assert tokens[0].top == (("Yes", -0.1), ("Aye", -3.0))
    plain = READS.format(reader="", output="draft")
    with scripted(plain, [said]) as (loaded, lm):
        assert Need.LOGPROBS not in loaded.plan.needs
        loaded.run("Why?")
        assert "logprobs" not in lm.requests[0].settings
    with scripted(read, [{"answer": "Yes.", "other": "No"}]) as (loaded, lm):
        result = loaded.run("Why?")
        assert "gave no log-probabilities" in result.warnings[0]


def test_nothing_of_dspy_s_global_state_is_touched():
    before, traced = dict(dspy.settings.config), len(dspy.settings.trace)
    from dspy.clients.base_lm import GLOBAL_HISTORY

    kept = len(GLOBAL_HISTORY)
    with scripted(SIMPLE, [{"answer": "Yes."}] * 3) as (loaded, _):
        loaded.run("Why?")
        loaded.run_batch(["a", "b"])
    assert dict(dspy.settings.config) == before
    assert len(dspy.settings.trace) == traced
    assert len(GLOBAL_HISTORY) == kept


def test_a_key_for_a_provider_is_not_sent_to_another_address(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-for-openai-only")
    monkeypatch.setenv("MY_KEY", "sk-mine")
    with ChatServer(lambda asked: {"answer": "Yes."}) as server:
        with pipeline(served(server)) as loaded:
            loaded.run("Why?")
        with pipeline(served(server, "api_key_env: MY_KEY")) as loaded:
            loaded.run("Why?")
        sent = [seen["headers"].get("Authorization") for seen in server.seen]
    assert sent == ["Bearer none", "Bearer sk-mine"]
