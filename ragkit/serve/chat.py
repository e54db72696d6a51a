"""A pipeline as a model of OpenAI's chat API: messages become a question and its history, a result a completion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ragkit.engine.result import RunResult
from ragkit.errors import UsageError
from ragkit.serve.bodies import MAX_QUESTION, ChatBody, MessageBody
from ragkit.trace.words import counted
from ragkit.types import Turn

QUIET = frozenset(
    {
        "user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key", "parallel_tool_calls",
        "response_format", "tool_choice", "function_call",
    }
)  # fmt: skip
"""Keys that would change nothing in an answer; every other one that is not read is warned of."""


def asked(body: ChatBody) -> tuple[str, list[Turn], list[str]]:
    """The question, the turns before it, and warnings about what is not read.

    Raises:
        UsageError: The last message is not one of the user with a text, or one holds something else than text; or the
            answer is to be JSON, or a call of a tool.
    """
    _plain(body.model_extra or {})
    warnings = [
        f"{name!r} has no effect: the pipeline's file says how its models are asked"
        for name, value in (body.model_extra or {}).items()
        if name not in QUIET and value is not None
    ]
    turns: list[Turn] = []
    unread: dict[str, int] = {}
    for place, message in enumerate(body.messages):
        text = _text(message, place)
        if message.role in ("user", "assistant") and (text.strip() or message is body.messages[-1]):
            turns.append(Turn("user" if message.role == "user" else "assistant", text))
        elif message.role not in ("user", "assistant"):
            unread[message.role] = unread.get(message.role, 0) + 1
    for role, count in unread.items():
        warnings.append(f"not read: {counted(count, f'{role} message')}; pipelines have none")
    if body.messages[-1].role != "user" or not turns[-1].text.strip():
        raise UsageError("the last message is the question: it has the role 'user' and a text")
    if len(turns[-1].text) > MAX_QUESTION:
        raise UsageError(f"the question has {len(turns[-1].text):,} characters; {MAX_QUESTION:,} are allowed")
    return turns[-1].text, turns[:-1], warnings


def completion(result: RunResult, model: str, created: int, warnings: Sequence[str]) -> dict[str, Any]:
    """A ``chat.completion``; what OpenAI's API has no place for stands under ``ragkit``."""
    message = {"role": "assistant", "content": said(result), "refusal": None}
    return {
        "id": f"chatcmpl-{result.trace_id}",
        "object": "chat.completion",
        "created": created,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
        "usage": usage(result),
        "ragkit": extension(result, warnings),
    }


def said(result: RunResult) -> str:
    """The answer's text; of a pipeline that only retrieves, its passages."""
    if result.answer is not None:
        return result.answer.text
    return "\n\n".join(f"[{number}] {one.title}\n{one.text}" for number, one in enumerate(result.passages, start=1))


def usage(result: RunResult) -> dict[str, int] | None:
    """The tokens of all LM requests of the run, or None where a server did not say them."""
    spent = result.usage
    if spent["prompt_tokens"] is None or spent["completion_tokens"] is None:
        return None
    prompt, written = int(spent["prompt_tokens"]), int(spent["completion_tokens"])
    return {"prompt_tokens": prompt, "completion_tokens": written, "total_tokens": prompt + written}


def extension(result: RunResult, warnings: Sequence[str]) -> dict[str, Any]:
    """The rest of the result document: citations, passages, decisions, trace id …"""
    document = dict(result.document)
    del document["question"], document["answer"], document["error"]
    return {**document, "warnings": [*document["warnings"], *warnings]}


class Chunks:
    """The ``chat.completion.chunk`` objects of one answer.

    Args:
        id: The completion's id.
        model: The pipeline's name.
        created: Unix seconds.
    """

    def __init__(self, id: str, model: str, created: int) -> None:
        self._head = {"id": id, "object": "chat.completion.chunk", "created": created, "model": model}

    def first(self) -> dict[str, Any]:
        """Who speaks."""
        return self._chunk({"role": "assistant", "content": ""})

    def piece(self, text: str) -> dict[str, Any]:
        """A piece of the answer."""
        return self._chunk({"content": text})

    def last(self, result: RunResult, warnings: Sequence[str], with_usage: bool) -> Iterator[dict[str, Any]]:
        """The end, with ragkit's extension, and the usage where it was asked for."""
        yield {**self._chunk({}, "stop"), "ragkit": extension(result, warnings)}
        if with_usage:
            yield {**self._head, "choices": [], "usage": usage(result)}

    def _chunk(self, delta: Mapping[str, Any], finish: str | None = None) -> dict[str, Any]:
        return {**self._head, "choices": [{"index": 0, "delta": dict(delta), "finish_reason": finish}]}


def _plain(settings: Mapping[str, Any]) -> None:
    """Refuses what an answer in plain text would not be: a client that asks for it could not read the answer."""
    form = settings.get("response_format")
    kind = form.get("type") if isinstance(form, Mapping) else form
    if kind not in (None, "text"):
        raise UsageError(f"'response_format' asks for {kind!r}; a pipeline answers in plain text")
    for name in ("tool_choice", "function_call"):
        if settings.get(name) not in (None, "auto", "none"):
            raise UsageError(f"{name!r} asks for a call of a tool; a pipeline answers in plain text and calls none")


def _text(message: MessageBody, place: int) -> str:
    if message.content is None or isinstance(message.content, str):
        return message.content or ""
    for part in message.content:
        if part.type not in ("text", "input_text"):
            raise UsageError(f"messages[{place}] holds a part of type {part.type!r}; a pipeline reads text only")
    return "\n".join(part.text for part in message.content)
