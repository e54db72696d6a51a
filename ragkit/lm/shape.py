"""Requests and responses of DSPy as plain data and back: for traces, counting and the cache."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dspy import lm15

from ragkit.types import Usage


def message_list(request: Any) -> list[dict[str, str]]:
    """The prompt as it is sent: ``[{"role", "content"}, …]``, the system's message first."""
    messages = []
    if request.system is not None:
        system = request.system
        text = system if isinstance(system, str) else "".join(part.text for part in system)
        messages.append({"role": "system", "content": text})
    messages += [{"role": one.role, "content": one.text or ""} for one in request.messages]
    return messages


def settings_of(request: Any) -> dict[str, Any]:
    """The settings of a request that were set: temperature, max_tokens …"""
    names = ("temperature", "max_tokens", "top_p", "seed", "logprobs")
    return {name: value for name in names if (value := getattr(request.config, name)) is not None}


def is_text(request: Any) -> bool:
    """True when the request holds nothing but text: then its messages are the whole of it."""
    return not request.tools and all(part.type == "text" for one in request.messages for part in one.parts)


def to_plain(response: Any, cost: float | None) -> dict[str, Any]:
    """A response: text, thoughts, model, counts, cost and log-probabilities; what the server did not say is None."""
    told = response.usage
    thoughts = "".join(part.text for part in response.message.parts if part.type == "thinking")
    found: dict[str, Any] = {
        "reply": response.text,
        "finish_reason": response.finish_reason,
        "answered_by": response.model,
        "usage": {
            "prompt_tokens": told.input_tokens,
            "completion_tokens": told.output_tokens,
            "cached_tokens": told.cache_read_tokens if told.cache_read_tokens is not None else _cached(response),
            "cost": cost,
        },
    }
    if thoughts:
        found["thoughts"] = thoughts
    refusal = "".join(part.text for part in response.message.parts if part.type == "refusal")
    if refusal:
        found["refusal"] = refusal
    if response.logprobs is not None:
        found["logprobs"] = [
            {"token": one.token, "logprob": one.logprob, "top": [[top.token, top.logprob] for top in one.top]}
            for one in response.logprobs
        ]
    return found


def _cached(response: Any) -> int | None:
    """The prompt's tokens from the cache, as DeepSeek's servers say them and DSPy does not read them."""
    said = ((response.provider_data or {}).get("usage") or {}).get("prompt_cache_hit_tokens")
    return said if isinstance(said, int) and said >= 0 else None


def keepable(response: Any) -> bool:
    """True when ``to_plain`` holds all of the response: text and thoughts only, and not cut off."""
    kinds = {part.type for part in response.message.parts}
    return kinds <= {"text", "thinking"} and response.finish_reason == "stop" and bool(response.text)


def from_plain(plain: Mapping[str, Any]) -> Any:
    """The response that ``to_plain`` was given; its usage is left out, for DSPy counts as spent what stands there."""
    parts: list[Any] = [lm15.ThinkingPart(plain["thoughts"])] if plain.get("thoughts") else []
    logprobs = None
    if plain.get("logprobs") is not None:
        logprobs = tuple(
            lm15.TokenLogprob(
                token=one["token"],
                logprob=one["logprob"],
                top=tuple(lm15.TopLogprob(token=token, logprob=value) for token, value in one["top"]),
            )
            for one in plain["logprobs"]
        )
    return lm15.Response(
        id=None,
        model=plain["answered_by"],
        message=lm15.Message.assistant([*parts, lm15.TextPart(plain["reply"])]),
        finish_reason=plain["finish_reason"],
        usage=lm15.Usage(),
        logprobs=logprobs,
    )


def usage_of(plain: Mapping[str, Any]) -> Usage:
    """What the response cost, without counting the request."""
    told = plain["usage"]
    return Usage(0, told["prompt_tokens"], told["completion_tokens"], 0, told["cached_tokens"], told["cost"])
