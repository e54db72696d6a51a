"""An LM for tests: it answers from a list or a rule, keeps every prompt, and fails when it is told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import dspy
from dspy import lm15


@dataclass(frozen=True, slots=True)
class Said:
    """What the LM says to one request.

    ``text`` is the raw reply; a mapping is written in the chat format, field by field. ``logprobs`` gives the
    log-probability of each token, as pairs; their tokens must spell the reply. ``usage`` are the tokens of prompt and
    completion that it reports: None is "not said"; by default it counts words.
    """

    text: str | Mapping[str, Any]
    logprobs: Sequence[tuple[str, float]] | None = None
    usage: tuple[int | None, int | None] | Literal["words"] | None = "words"
    cached_tokens: int | None = None
    finish_reason: Literal["stop", "length"] = "stop"


@dataclass(frozen=True, slots=True)
class Fault:
    """A request that fails: ``rate_limit`` (429), ``server`` (500), ``timeout``, ``auth`` (401), ``connection``."""

    kind: Literal["rate_limit", "server", "timeout", "auth", "connection"]
    message: str = "scripted"
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as the LM was given it. ``prompt`` is the text of all messages, ``last`` that of the last one."""

    messages: Sequence[Mapping[str, str]]
    config: Mapping[str, Any] = field(default_factory=dict)

    @property
    def prompt(self) -> str:
        """All messages, one after the other."""
        return "\n\n".join(message["content"] for message in self.messages)

    @property
    def last(self) -> str:
        """The last message: the question with its inputs."""
        return self.messages[-1]["content"]

    def field(self, name: str) -> str | None:
        """The value of an input field in the last message; None when it has none of that name."""
        head = f"[[ ## {name} ## ]]\n"
        start = self.last.find(head)
        if start < 0:
            return None
        rest = self.last[start + len(head) :]
        ends = [end for end in (rest.find("\n\n[[ ## "), rest.find("\n\nRespond with")) if end >= 0]
        return rest[: min(ends)] if ends else rest


Answer = str | Mapping[str, Any] | Said | Fault
Rule = Callable[[Asked], Answer]


class ScriptedLM(dspy.LM):  # type: ignore[misc]
    """A ``dspy.LM`` without a model.

    Args:
        script: A list of answers, one for each request in turn (a request more is an error); or a rule, a function of
            the request, which must be safe to call from several threads. An answer is a raw text, a mapping of output
            fields, a ``Said`` or a ``Fault``.
        model: The name it goes by.

    Example::

        from ragkit.testing import ScriptedLM

        lm = ScriptedLM([{"answer": "Paris [1]."}])
        print(dspy.Predict("question -> answer", lm=lm)(question="Where?").answer, lm.requests[0].field("question"))
    """

    def __init__(self, script: Iterable[Answer] | Rule, model: str = "scripted/lm", **settings: Any) -> None:
        self.script = _Script(script)
        super().__init__(model, engine=self.script, cache=False, num_retries=0, **settings)

    @property
    def requests(self) -> list[Asked]:
        """Every request so far, in the order in which they came."""
        return self.script.requests

    def __deepcopy__(self, memo: dict[int, Any]) -> ScriptedLM:
        """A copy that goes on in the same script."""
        copied: ScriptedLM = self.copy()
        return copied


class _Script:
    """The engine of a scripted LM, as DSPy asks for one."""

    def __init__(self, script: Iterable[Answer] | Rule) -> None:
        self._rule = script if callable(script) else None
        self._queue = iter(()) if callable(script) else iter(script)
        self._lock = threading.Lock()
        self.requests: list[Asked] = []

    def complete(self, request: Any) -> Any:
        """The next answer of the script."""
        asked = _asked(request)
        with self._lock:
            self.requests.append(asked)
            number = len(self.requests)
            answer: Answer | None = next(self._queue, None) if self._rule is None else None
        if self._rule is not None:
            answer = self._rule(asked)
        if answer is None:
            raise AssertionError(f"the script has no answer to request {number}: {asked.last[:200]!r}")
        if isinstance(answer, Fault):
            raise _error(answer)
        said = answer if isinstance(answer, Said) else Said(answer)
        return _response(said, asked, request)

    def stream(self, request: Any) -> Any:
        """The next answer, word by word."""
        response = self.complete(request)
        yield lm15.StreamStartEvent(id=response.id, model=response.model)
        for piece in _pieces(response.text or ""):
            yield lm15.StreamDeltaEvent(delta=lm15.TextDelta(text=piece))
        yield lm15.StreamEndEvent(finish_reason=response.finish_reason, usage=response.usage)

    def close(self) -> None:
        """Nothing is open."""


def written(fields: Mapping[str, Any]) -> str:
    """Output fields in the chat format, as a well-behaved model writes them."""
    parts = [
        f"[[ ## {name} ## ]]\n{value if isinstance(value, str) else json.dumps(value)}"
        for name, value in fields.items()
    ]
    return "\n\n".join([*parts, "[[ ## completed ## ]]"])


def _asked(request: Any) -> Asked:
    messages = []
    if request.system is not None:
        system = request.system
        text = system if isinstance(system, str) else "".join(part.text for part in system)
        messages.append({"role": "system", "content": text})
    messages += [{"role": message.role, "content": message.text or ""} for message in request.messages]
    names = ("temperature", "max_tokens", "logprobs", "seed", "response_format")
    config = {name: getattr(request.config, name) for name in names if getattr(request.config, name) is not None}
    return Asked(messages, config)


def _response(said: Said, asked: Asked, request: Any) -> Any:
    text = said.text if isinstance(said.text, str) else written(said.text)
    if said.usage == "words":
        counted: tuple[int | None, int | None] = (len(asked.prompt.split()), len(text.split()))
    else:
        counted = said.usage or (None, None)
    logprobs = None
    if said.logprobs is not None and request.config.logprobs is not None:
        spelled = "".join(token for token, _ in said.logprobs)
        if spelled != text:
            raise AssertionError(f"the tokens spell {spelled!r}, and the reply is {text!r}")
        logprobs = tuple(lm15.TokenLogprob(token=token, logprob=logprob) for token, logprob in said.logprobs)
    return lm15.Response(
        id=None,
        model=request.model,
        message=lm15.Message.assistant([lm15.TextPart(text)]),
        finish_reason=said.finish_reason,
        usage=lm15.Usage(input_tokens=counted[0], output_tokens=counted[1], cache_read_tokens=said.cached_tokens),
        logprobs=logprobs,
    )


def _pieces(text: str) -> list[str]:
    """A text in pieces of a word and what parts it from the next."""
    pieces: list[str] = []
    for character in text:
        if pieces and not (pieces[-1][-1].isspace() and not character.isspace()):
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces


def _error(fault: Fault) -> Exception:
    kinds: dict[str, tuple[type[Exception], int | None]] = {
        "rate_limit": (lm15.RateLimitError, 429),
        "server": (lm15.ServerError, 500),
        "timeout": (lm15.TimeoutError, None),
        "auth": (lm15.AuthError, 401),
        "connection": (lm15.TransportError, None),
    }
    cls, status = kinds[fault.kind]
    more = {"retry_after": fault.retry_after} if fault.retry_after is not None else {}
    return cls(fault.message, **({"status": status} if status else {}), **more)
