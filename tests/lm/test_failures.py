"""Why an LM did not answer, in one sentence, and what may help."""

from __future__ import annotations

import dspy
import pytest

from ragkit.lm.failures import explained, unreadable

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
    ],
)
def test_every_kind_of_failure_has_its_words(error, said, hint):
    found = explained(error, "'a/b'", ONCE)
    assert said in str(found)
    assert str(found).startswith("the LM 'a/b' ")
    assert hint in found.hint
    assert "\n" not in str(found)


def test_several_attempts_are_told_with_their_time():
    failures = [{"seconds": 0.5, "waited": 1.0}, {"seconds": 0.5}]
    assert "failed, 2 times in 2.0 s: down" in str(explained(dspy.LMServerError("down"), "'a/b'", failures))


def parse_error(reply, parsed=None):
    signature = dspy.Signature("q -> answer, score: int")
    return dspy.AdapterParseError(adapter_name="x", signature=signature, lm_response=reply, parsed_result=parsed)


def test_a_reply_that_cannot_be_read_is_shown_and_what_it_lacks_is_named():
    found = unreadable(parse_error("so " * 200, {"answer": "x"}), "'a/b'", ["answer", "score"])
    assert "lacks 'score'" in str(found)
    assert len(str(found)) < 320
    assert "does not fit 'answer', 'score'" in str(
        unreadable(parse_error("x", {"answer": "x", "score": "y"}), "'a/b'", ["answer", "score"])
    )
    assert "gave an empty reply" in str(unreadable(parse_error(" "), "'a/b'", ["answer"]))
