"""Requests to LMs in a trace: told in lines, exported under the names of the conventions, hidden on demand."""

from __future__ import annotations

from typing import Any

import pytest

from ragkit.trace.export.masking import Hide, masked
from ragkit.trace.export.openinference import step_attributes
from ragkit.trace.redact import REDACTED
from ragkit.trace.requests import request_lines
from ragkit.trace.story import story
from ragkit.types import Usage

from .samples import Recorder

REQUEST: dict[str, Any] = {
    "model": "openai/small",
    "answered_by": "small-2026",
    "messages": [{"role": "system", "content": "Answer."}, {"role": "user", "content": "Which horse?\x1b[2J"}],
    "settings": {"temperature": 0.2},
    "rollout": None,
    "sample": 0,
    "cached": False,
    "failures": [{"error": "LMRateLimitError", "message": "slow down", "seconds": 0.25, "waited": 1.5}],
    "reply": "Secretariat.",
    "usage": {"prompt_tokens": 812, "completion_tokens": 40, "cached_tokens": 768, "cost": 0.00021},
    "seconds": 1.2,
}


def span_with(*requests: dict[str, Any]) -> Any:
    record = Recorder()
    span = record.step(
        "answer", "generate.answer", kind="LLM", outputs={"text": "Secretariat."}, usage=Usage(2, 812, 40)
    )
    span.requests = requests
    return span, record.finish()


def test_a_request_is_one_line_and_each_failure_another() -> None:
    span, trace = span_with(REQUEST)
    assert list(request_lines(span)) == [
        ("quiet", "asked small-2026: 812 tokens in (768 cached), 40 out, $0.00021, 1.20 s"),
        ("warning", "attempt 1 failed after 250.0 ms: LMRateLimitError: slow down; the next one 1.50 s later"),
    ]
    told = story(trace)
    assert "asked small-2026" in told
    assert "Which horse" not in told.partition("answer")[2]


def test_the_whole_story_shows_prompt_and_reply_and_obeys_neither() -> None:
    _, trace = span_with(REQUEST)
    told = story(trace, full=True)
    assert "Which horse?\\x1b[2J" in told
    assert "it replied:" in told
    assert "\x1b" not in told


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"cached": True}, "asked small-2026: from the cache, 812 tokens in"),
        ({"fallback": "b/spare"}, "asked b/spare in the place of openai/small: 812"),
        ({"rollout": 2}, "sample 2"),
        ({"usage": {"prompt_tokens": None, "completion_tokens": None}}, "unknown tokens in, unknown out, 1.20 s"),
        ({"usage": None, "reply": None}, "asked small-2026: no reply, 1.20 s"),
    ],
)
def test_what_is_special_about_a_request_is_told(changes: dict[str, Any], line: str) -> None:
    span, _ = span_with(REQUEST | changes)
    assert line in next(request_lines(span))[1]


def test_exports_name_messages_as_the_conventions_do() -> None:
    span, trace = span_with(REQUEST | {"reply": "first"}, REQUEST)
    found = step_attributes(span, trace)
    assert found["llm.model_name"] == "small-2026"
    assert found["llm.invocation_parameters"] == '{"temperature": 0.2}'
    assert found["llm.input_messages.0.message.role"] == "system"
    assert str(found["llm.input_messages.1.message.content"]).startswith("Which horse?")
    assert found["llm.output_messages.0.message.content"] == "Secretariat."
    hidden = step_attributes(span, trace, Hide(inputs=True))
    assert hidden["llm.input_messages.1.message.content"] == REDACTED
    assert hidden["llm.output_messages.0.message.content"] == "Secretariat."


@pytest.mark.parametrize("inputs", [True, False])
@pytest.mark.parametrize("outputs", [True, False])
def test_a_mask_hides_prompts_with_the_inputs_and_replies_with_the_outputs(inputs: bool, outputs: bool) -> None:
    thoughts = REQUEST | {"thoughts": "It was 1973.", "logprobs": [{"token": "Sec", "logprob": -0.1, "top": []}]}
    _, trace = span_with(thoughts)
    (request,) = masked(trace, Hide(inputs, outputs)).spans[0].requests
    assert ("Which horse" in str(request["messages"])) is not inputs
    for name in ("reply", "thoughts", "logprobs"):
        assert (request[name] == thoughts[name]) is not outputs
    assert request["usage"] == REQUEST["usage"]
