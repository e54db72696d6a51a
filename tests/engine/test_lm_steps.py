"""LM steps in the engine: what is asked, kept, paid for, and what happens when a server fails."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import dspy
import pytest

from ragkit.component import Need
from ragkit.engine.streaming import last_steps
from ragkit.lm.cache import ResponseCache
from ragkit.testing import ChatServer, Fault, Said, ScriptedLM, in_process
from ragkit.trace.record import from_document, to_document
from tests.engine.lm_parts import EVERYWHERE, SIMPLE, everywhere, pipeline, scripted


def spans(result, step):
    return [span for span in result.trace.spans if span.step == step]


def served(server: ChatServer, more: str = "", text: str = SIMPLE) -> str:
    settings = f"{{model: openai/any, api_base: '{server.api_base}', {more}}}"
    return text.replace("lm: scripted/lm", f"lms: {{here: {settings}}}\nlm: here")


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
    assert pytest.importorskip("re").search(said, str(bad.error)), str(bad.error)
    assert server.api_base in str(bad.error)
    assert bad.error.hint
    assert spans(bad, "answer")[0].requests


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


def test_no_wait_is_begun_that_ends_after_the_question_s_time():
    with scripted(limited("seconds: 0.5"), lambda asked: Fault("rate_limit", retry_after=20)) as (
        loaded,
        _,
    ):
        started = time.perf_counter()
        result = loaded.run("Why?")
    assert time.perf_counter() - started < 3
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


def test_an_lm_that_cannot_be_opened_says_why(monkeypatch: pytest.MonkeyPatch):
    text = SIMPLE.replace("lm: scripted/lm", "lms: {x: {model: openai/any, api_key_env: NO_SUCH_KEY}}\nlm: x")
    with pytest.raises(Exception, match="'NO_SUCH_KEY', which is not set"), pipeline(text) as loaded:
        loaded.run("Why?")


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


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("draft", {"draft"}),
        ("choose", {"choose.a.say", "choose.b.say"}),
        ("best", {"draft"}),
        ("looped", set()),
    ],
)
def test_the_last_steps_are_those_that_write_the_answer(output, expected):
    text = f"""
    version: 1
    lm: scripted/lm
    steps:
      draft: {{use: lm.predict, signature: "question -> answer: Answer"}}
      kind: {{use: lm.predict, signature: "question -> kind: Literal[a, b]"}}
      choose:
        use: flow.route
        label: kind
        branches:
          a: {{steps: {{say: {{use: lm.predict, signature: "question -> answer: Answer"}}}}, output: say}}
          b: {{steps: {{say: {{use: lm.predict, signature: "question -> answer: Answer"}}}}, output: say}}
      best: {{use: flow.first, of: [draft, choose]}}
      looped:
        use: flow.loop
        max_rounds: 2
        carry: {{last: {{value: ""}}}}
        steps: {{say: {{use: lm.predict, signature: "last, question -> answer: Answer, text", last: carry.last}}}}
        next: {{last: say.text}}
        output: say
      all: {{use: flow.first, of: [{output}, best, looped, choose]}}
    output: {{answer: all, passages: found}}
    """
    text = text.replace("output: {answer: all, passages: found}", "output: all")
    assert last_steps(pipeline(text).plan) == expected


THOUGHTS = """
version: 1
lm: scripted/lm
steps:
  notes: {use: lm.predict, signature: "question -> notes"}
  last: {use: lm.predict, signature: "notes, question -> thoughts, answer: Answer", notes: notes}
output: last.answer
"""


def test_the_answer_comes_piece_by_piece():
    def rule(asked):
        known = {"notes": "not shown", "thoughts": "nor this", "answer": "One two three.\n\nFour [[five]]."}
        return {name: known[name] for name in asked.wanted}

    for open_ in (lambda: scripted(THOUGHTS, rule), lambda: _over_http(THOUGHTS, rule)):
        with open_() as (loaded, _):
            stream = loaded.stream("Why?")
            pieces = list(stream)
            assert "".join(pieces) == stream.result.answer.text == "One two three.\n\nFour [[five]]."
            assert len(pieces) > 4
            (request,) = spans(stream.result, "last")[0].requests
            assert request["reply"].startswith("[[ ## thoughts ## ]]")


def _over_http(text, rule):
    import contextlib

    @contextlib.contextmanager
    def opened():
        with ChatServer(rule) as server, pipeline(served(server, text=text)) as loaded:
            yield loaded, server

    return opened()


def test_a_stream_that_breaks_off_is_not_asked_again():
    with ChatServer([Fault("half"), {"answer": "Whole."}]) as server, pipeline(served(server)) as loaded:
        stream = loaded.stream("Why?")
        shown = list(stream)
        assert "".join(shown).startswith("Half")
        assert stream.result.error is not None
        assert len(server.requests) == 1


def test_a_stream_that_breaks_off_does_not_go_on_with_the_fallback():
    spare = ScriptedLM([{"answer": "Another answer."}], "scripted/spare")
    with (
        in_process("scripted/spare", spare),
        ChatServer([Fault("half"), Fault("server")]) as server,
        pipeline(served(server, "retries: 0, fallback: scripted/spare")) as loaded,
    ):
        stream = loaded.stream("Why?")
        assert "".join(stream).startswith("Half")
        assert stream.result.error is not None
        assert spare.requests == []
        stream = loaded.stream("Why?")
        assert "".join(stream) == stream.result.answer.text == "Another answer."


def test_a_stream_that_fails_before_its_first_word_is_asked_again():
    faults = [Fault("server", retry_after=0.01)]
    with ChatServer([*faults, {"answer": "Whole."}]) as server, pipeline(served(server)) as loaded:
        stream = loaded.stream("Why?")
        assert "".join(stream) == "Whole."
        assert stream.result.usage["lm_calls"] == 2


def test_usage_is_known_of_a_stream_where_the_server_says_it():
    with ChatServer([Said({"answer": "Whole."}, usage=(11, 3))]) as server, pipeline(served(server)) as loaded:
        stream = loaded.stream("Why?")
        list(stream)
        assert stream.result.usage["prompt_tokens"] in (11, None)
        assert spans(stream.result, "answer")[0].requests[0]["usage"]["prompt_tokens"] == 11


def test_an_answer_that_no_lm_writes_comes_in_one_piece():
    with scripted(EVERYWHERE, everywhere) as (loaded, _), pytest.raises(Exception, match="unknown input"):
        list(loaded.stream("Why?", inputs={"nope": 1}))
