"""What an LM was asked, in words: a line for each request, what failed on the way, and where all is shown the texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from ragkit.trace.model import Span
from ragkit.trace.words import duration, number, one_line, visible


def request_lines(span: Span, *, full: bool = False) -> Iterator[tuple[Literal["quiet", "warning", "plain"], str]]:
    """The lines about a step's requests, each with its tone.

    Args:
        span: The step.
        full: The prompts as they were sent, and the replies as they came.
    """
    for request in span.requests:
        yield "quiet", _line(request)
        for attempt, failure in enumerate(request.get("failures", ()), start=1):
            took = duration(failure.get("seconds", 0.0) * 1e9)
            waited = f"; the next one {duration(failure['waited'] * 1e9)} later" if failure.get("waited") else ""
            said = one_line(str(failure.get("message")), 200)
            yield "warning", f"attempt {attempt} failed after {took}: {failure.get('error')}: {said}{waited}"
        if full:
            for message in request.get("messages", ()):
                yield "plain", f"{message['role']}:\n{visible(message['content'])}"
            if request.get("thoughts"):
                yield "plain", f"it thought:\n{visible(request['thoughts'])}"
            if request.get("reply") is not None:
                yield "plain", f"it replied:\n{visible(request['reply'])}"


def _line(request: Mapping[str, Any]) -> str:
    """``asked openai/x: 812 tokens in (768 cached), 40 out, $0.0002, 1.2 s``."""
    asked = str(request.get("answered_by") or request.get("model"))
    if request.get("fallback"):
        asked = f"{request['fallback']} in the place of {request.get('model')}"
    told = usage = request.get("usage") or {}
    parts = []
    if request.get("cached"):
        parts.append("from the cache")
    if usage:
        cached = f" ({told['cached_tokens']:,} cached)" if told.get("cached_tokens") else ""
        parts.append(
            f"{_count(told.get('prompt_tokens'))} tokens in{cached}, {_count(told.get('completion_tokens'))} out"
        )
        if told.get("cost") is not None:
            parts.append(f"${number(told['cost'])}")
    else:
        parts.append("no reply")
    if request.get("rollout") is not None:
        parts.append(f"sample {request['rollout']}")
    parts.append(duration(request.get("seconds", 0.0) * 1e9))
    return visible(f"asked {asked}: {', '.join(parts)}")


def _count(tokens: int | None) -> str:
    return "unknown" if tokens is None else f"{tokens:,}"
