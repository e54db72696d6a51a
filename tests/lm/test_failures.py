"""Why an LM did not answer, in one sentence, and what may help."""

from __future__ import annotations

import dspy
import pytest

from ragkit.errors import LMUnavailable
from ragkit.lm.failures import explained, unreadable


def caused(error, cause):
    error.__cause__ = cause
    return error


ONCE = [{"seconds": 0.1}]


@pytest.mark.parametrize(
    ("error", "said", "hint"),
    [
        (dspy.LMRateLimitError("busy", status=429), "refuses requests for now (429): busy", "concurrency"),
        (dspy.LMAuthError("wrong", status=401), "refuses the key (401): wrong", "api_key_env"),
        (dspy.LMNotConfiguredError("no key. Set X, or pass api_key=… to dspy.LM"), "has no key: no key. Set X", "key"),
        (dspy.ContextWindowExceededError(message="9000 > 8192"), "does not take a prompt of this length", "fewer"),
        (dspy.LMTimeoutError("slow"), "did not answer in time: slow", "timeout"),
        (dspy.LMTransportError("read timed out; raise Timeouts"), "did not answer in time: read timed out", "timeout"),
        (dspy.LMTransportError("refused"), "could not be reached, or broke off: refused", "server runs"),
        (dspy.LMServerError("oops", status=503), "failed (503): oops", "fallback"),
        (dspy.LMProviderError("no JSON"), "sent what cannot be read: no JSON", "proxy"),
        (dspy.LMUnsupportedModelError("unknown"), "does not know the model: unknown", "`lm`"),
        (dspy.LMInvalidRequestError("x: LLM Provider NOT provided."), "is of no provider that DSPy knows", "openai/"),
        (dspy.LMUnexpectedError("boom"), "failed: boom", "trace"),
        (caused(dspy.LMUnexpectedError("no int"), TypeError()), "sent what cannot be read: no int", "proxy"),
        (dspy.LMUnsupportedFeatureError("3 choices", feature="n"), "more replies than the one that was", "proxy"),
        (dspy.LMInvalidRequestError("", status=404), "(404): the server gives no reason that can be read", "/v1"),
        (dspy.LMInvalidRequestError("", status=400), "(400): the server gives no reason that can be read", "settings"),
    ],
)
def test_every_kind_of_failure_has_its_words(error, said, hint):
    found = explained(error, "'a/b'", ONCE)
    assert said in str(found)
    assert str(found).startswith("the LM 'a/b' ")
    assert hint in found.hint
    assert "\n" not in str(found)


@pytest.mark.parametrize(
    ("error", "servers"),
    [
        (dspy.LMServerError("oops", status=503), True),
        (dspy.LMTransportError("refused"), True),
        (dspy.LMTimeoutError("slow"), True),
        (dspy.LMAuthError("wrong", status=401), True),
        (dspy.LMRateLimitError("busy", status=429), True),
        (dspy.LMInvalidRequestError("no such page", status=404), True),
        (dspy.LMInvalidRequestError("not that", status=400), False),
        (dspy.ContextWindowExceededError(message="9000 > 8192"), False),
        (dspy.LMUnsupportedFeatureError("no tools", feature="tools"), False),
        (dspy.LMUnexpectedError("boom"), False),
    ],
)
def test_what_is_the_servers_and_what_is_the_questions(error, servers):
    assert isinstance(explained(error, "'a/b'", ONCE), LMUnavailable) is servers


def test_several_attempts_are_told_with_their_time():
    failures = [{"seconds": 0.5, "waited": 1.0}, {"seconds": 0.5}]
    assert "failed, 2 times in 2.0 s: down" in str(explained(dspy.LMServerError("down"), "'a/b'", failures))


def parse_error(reply, parsed=None):
    signature = dspy.Signature("q -> answer, score: int")
    return dspy.AdapterParseError(adapter_name="x", signature=signature, lm_response=reply, parsed_result=parsed)


def test_a_reply_that_cannot_be_read_is_shown_and_what_it_lacks_is_named():
    def told(reply, parsed, wanted, **last):
        return unreadable(parse_error(reply, parsed), "'a/b'", wanted, {"reply": reply, **last})

    found = told("so " * 200, {"answer": "x"}, ["answer", "score"])
    assert "lacks 'score'" in str(found)
    assert len(str(found)) < 320
    for reply in ("x", "[[ ## answer ## ]]\nx\n\n[[ ## score ## ]]\nmany", '{"answer": "x", "score": "many"}'):
        parsed = {"answer": "x", "score": "y"} if reply == "x" else None
        assert "does not fit 'answer', 'score'" in str(told(reply, parsed, ["answer", "score"]))
    assert "gave an empty reply" in str(told(" ", None, ["answer"]))


@pytest.mark.parametrize(
    ("last", "said", "hint"),
    [
        ({"finish_reason": "length"}, "was cut off: it reached the most tokens", "max_tokens"),
        ({"finish_reason": "length", "reply": "[[ ## ans"}, "most tokens it may have: '[[ ## ans'", "max_tokens"),
        ({"finish_reason": "content_filter"}, "was held back by the provider's filter", "another LM"),
        ({"finish_reason": "tool_call"}, "is a call of a tool, and none was offered", "another LM"),
        ({"refusal": "I cannot."}, "refuses to answer: I cannot.", "another LM"),
    ],
)
def test_why_a_reply_has_no_fields_is_told_where_the_server_says_it(last, said, hint):
    found = unreadable(parse_error(None), "'a/b'", ["answer"], last)
    assert said in str(found)
    assert hint in found.hint
