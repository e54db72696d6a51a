"""An LM for tests: it answers from a list or a rule, keeps every prompt, and fails when it is told to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import dspy
from dspy import lm15

from ragkit.testing.script import Answer, Asked, Fault, Rule, Said, Script, pieces

_SETTINGS = ("temperature", "max_tokens", "logprobs", "seed", "stop", "response_format")


class ScriptedLM(dspy.LM):  # type: ignore[misc]
    """A ``dspy.LM`` without a model.

    Args:
        answers: A list of answers, one for each request in turn (a request more is an error); or a rule, a function of
            the request (``Asked``), which must be safe to call from several threads. An answer is a raw text, a mapping
            of output fields, a ``Said`` or a ``Fault``.
        model: The name it goes by.
        settings: What requests are sent with: ``temperature`` …

    Example::

        import dspy
        from ragkit.testing import ScriptedLM

        lm = ScriptedLM([{"answer": "Paris [1]."}])
        predict = dspy.Predict("question -> answer")
        with dspy.context(lm=lm):
            assert predict(question="Where?").answer == "Paris [1]."
        assert lm.requests[0].field("question") == "Where?"
    """

    def __init__(self, answers: Iterable[Answer] | Rule, model: str = "scripted/lm", **settings: Any) -> None:
        self.script = Script(answers)
        super().__init__(model, engine=_Engine(self.script), cache=False, num_retries=0, **settings)

    @property
    def requests(self) -> list[Asked]:
        """Every request so far, in the order in which they came."""
        return self.script.requests

    def launch(self, launch_kwargs: dict[str, Any] | None = None) -> None:
        """Nothing to launch. DSPy's BetterTogether asks for it."""

    def kill(self, launch_kwargs: dict[str, Any] | None = None) -> None:
        """Nothing to end."""

    def __deepcopy__(self, memo: dict[int, Any]) -> ScriptedLM:
        """A copy that goes on in the same script."""
        copied: ScriptedLM = self.copy()
        return copied


class _Engine:
    """A script as DSPy's engine protocol has it."""

    def __init__(self, script: Script) -> None:
        self._script = script

    def complete(self, request: Any) -> Any:
        asked = _asked(request)
        answer = self._script.next(asked)
        if isinstance(answer, Fault):
            raise _error(answer)
        return _response(answer, asked, request)

    def stream(self, request: Any) -> Iterator[Any]:
        response = self.complete(request)
        yield lm15.StreamStartEvent(id=response.id, model=response.model)
        for piece in pieces(response.text or ""):
            yield lm15.StreamDeltaEvent(delta=lm15.TextDelta(text=piece))
        yield lm15.StreamEndEvent(finish_reason=response.finish_reason, usage=response.usage)

    def close(self) -> None:
        """Nothing is open."""


def _asked(request: Any) -> Asked:
    messages = []
    if request.system is not None:
        system = request.system
        text = system if isinstance(system, str) else "".join(part.text for part in system)
        messages.append({"role": "system", "content": text})
    messages += [{"role": message.role, "content": message.text or ""} for message in request.messages]
    config = {name: getattr(request.config, name) for name in _SETTINGS}
    return Asked(messages, {name: value for name, value in config.items() if value not in (None, ())})


def _response(said: Said, asked: Asked, request: Any) -> Any:
    counted = said.counted(asked) or (None, None)
    tokens = said.tokens(asked) if request.config.logprobs is not None else None
    logprobs = None
    if tokens is not None:
        most = request.config.logprobs
        logprobs = tuple(
            lm15.TokenLogprob(
                token=token,
                logprob=logprob,
                top=tuple(lm15.TopLogprob(token=t, logprob=p) for t, p in list(top.items())[:most]),
            )
            for token, logprob, top in tokens
        )
    return lm15.Response(
        id=None,
        model=request.model,
        message=lm15.Message.assistant([lm15.TextPart(said.written(asked))]),
        finish_reason=said.finish_reason,
        usage=lm15.Usage(input_tokens=counted[0], output_tokens=counted[1], cache_read_tokens=said.cached_tokens),
        logprobs=logprobs,
        provider_data=None if said.cost is None else {"usage": {"cost": said.cost}},
    )


_ERRORS: dict[str, tuple[type[Exception], int | None]] = {
    "rate_limit": (lm15.RateLimitError, 429),
    "server": (lm15.ServerError, 500),
    "auth": (lm15.AuthError, 401),
    "bad_request": (lm15.InvalidRequestError, 400),
    "timeout": (lm15.TimeoutError, None),
    "connection": (lm15.TransportError, None),
}


def _error(fault: Fault) -> Exception:
    if fault.kind not in _ERRORS:
        raise AssertionError(f"the fault {fault.kind!r} needs a ChatServer; here there are {', '.join(_ERRORS)}")
    cls, status = _ERRORS[fault.kind]
    more: dict[str, Any] = {} if fault.retry_after is None else {"retry_after": fault.retry_after}
    return cls(fault.message, **({} if status is None else {"status": status}), **more)
