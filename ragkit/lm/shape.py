"""Requests and responses of DSPy as plain data, for traces and counting."""

from __future__ import annotations

from typing import Any

from ragkit.types import Usage


def message_list(request: Any) -> list[dict[str, str]]:
    """The prompt as it is sent: ``[{"role", "content"}, …]``, the system's message first."""
    messages = []
    if request.system is not None:
        messages.append({"role": "system", "content": _text(request.system)})
    messages += [{"role": one.role, "content": one.text or ""} for one in request.messages]
    return messages


def _text(system: Any) -> str:
    return system if isinstance(system, str) else "".join(part.text for part in system)


def spent(response: Any, cost: float | None) -> Usage:
    """What a server says a request took; what it does not say is None."""
    told = response.usage
    return Usage(
        lm_calls=0,  # counted when the request leaves
        prompt_tokens=told.input_tokens,
        completion_tokens=told.output_tokens,
        cached_tokens=told.cache_read_tokens,
        cost=cost,
    )


def plain_tokens(logprobs: Any) -> list[dict[str, Any]]:
    """Token log-probabilities: ``[{"token", "logprob", "top": [["token", logprob], …]}, …]``."""
    return [
        {
            "token": token.token,
            "logprob": token.logprob,
            "top": [[other.token, other.logprob] for other in token.top],
        }
        for token in logprobs
    ]
