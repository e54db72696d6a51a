"""The plain ``dspy.LM`` behind an engine: DSPy's ordinary path to a server, one attempt at a time."""

from __future__ import annotations

import contextvars
import dataclasses
import functools
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import dspy
from dspy import lm15

from ragkit.errors import LMError
from ragkit.lm.accounts import Dearest, declared_price, listed_price
from ragkit.lm.unicode import Joined, readable
from ragkit.spec.plan import Model
from ragkit.spec.price import Price

CONNECTION = frozenset({"api_key", "api_base", "base_url", "headers", "extra_headers", "timeout", "api_version"})
"""Settings of a ``dspy.LM`` that say how a server is reached, not what it is asked."""
NO_KEY = "none"
"""Sent where a file gives an address and names no key: servers of one's own ask for none."""
_COST: contextvars.ContextVar[list[float | None] | None] = contextvars.ContextVar("ragkit_lm_cost", default=None)


class _Plain(dspy.LM):  # type: ignore[misc]
    """A ``dspy.LM`` that keeps no history and tells what DSPy reckons a request to have cost."""

    def update_history(self, entry: Mapping[str, Any]) -> None:
        kept = _COST.get()
        if kept is not None:
            kept.append(entry.get("cost"))


class Provider:
    """Reaches one server through DSPy.

    Args:
        lm: Any ``dspy.LM`` that answers requests.
        where: The model and its address, for messages and limits.
        priced: False where DSPy's list of prices says nothing of the server: at an address of one's own.
        declared: The price that the file gives; it stands in the place of DSPy's list.
    """

    def __init__(self, lm: Any, where: str, *, priced: bool = True, declared: Price | None = None) -> None:
        self.lm = lm
        self.where = where
        self.declared = declared
        self._priced = priced and declared is None

    @classmethod
    def of(cls, model: Model) -> Provider:
        """The provider of an LM that a file names.

        Raises:
            LMError: DSPy does not take the model string or its settings.
        """
        settings: dict[str, Any] = {"timeout": model.timeout}
        if model.api_base is not None:
            settings["api_base"] = model.api_base
        key = None if model.api_key_env is None else os.environ.get(model.api_key_env)
        if model.api_key_env is not None and not key:
            raise LMError(
                f"the LM {model.model!r} takes its key from the environment variable {model.api_key_env!r}, "
                "which is not set",
                hint=f"export {model.api_key_env}=…",
            )
        if key or model.api_base is not None:
            settings["api_key"] = key or NO_KEY  # a key for the provider itself never goes to another address
        try:
            lm = _Plain(model.model, cache=False, num_retries=0, **settings)
        except (dspy.LMError, ValueError, TypeError) as error:
            raise LMError(f"DSPy does not take the LM {model.model!r}: {error}") from error
        if model.api_base is None:
            return cls(lm, repr(model.model), declared=model.price)
        return cls(lm, f"{model.model!r} at {model.api_base}", priced=False, declared=model.price)

    def complete(self, request: Any) -> tuple[Any, float | None]:
        """One attempt: the response, and its cost in US dollars as the server says, or as DSPy reckons; else None.

        Raises:
            dspy.LMError: The server did not answer.
        """
        return self._call(self.lm, request)

    def stream(self, request: Any, show: Callable[[str], None]) -> tuple[Any, float | None]:
        """One attempt whose text is shown while it comes.

        Raises:
            dspy.LMError: The server did not answer, or broke off.
        """
        token = _SHOW.set(show)
        try:
            return self._call(self._streaming, request)
        finally:
            _SHOW.reset(token)

    def _call(self, lm: Any, request: Any) -> tuple[Any, float | None]:
        costs: list[float | None] = []
        token = _COST.set(costs)
        try:
            # Only our own LM hears in its history what a request cost, and keeps nothing there.
            settings: dict[str, Any] = {
                "disable_history": not isinstance(lm, _Plain),
                "usage_tracker": None,
                "callbacks": [],
            }
            with dspy.context(send_stream=None, **settings):
                response = readable(lm(dataclasses.replace(request, model=lm.model)))
        finally:
            _COST.reset(token)
        said = ((response.provider_data or {}).get("usage") or {}).get("cost")
        if isinstance(said, (int, float)) and not isinstance(said, bool):
            return response, float(said)
        return response, costs[-1] if costs and self._priced else None

    @functools.cached_property
    def price(self) -> Dearest | None:
        """What a token costs at most; None where nobody knows."""
        if self.declared is not None:
            return declared_price(self.declared)
        return listed_price(self.lm.model) if self._priced else None

    @functools.cached_property
    def _streaming(self) -> Any:
        """The same LM over an engine that reads streams; DSPy words its failures as those of any other."""
        return _Plain(self.lm.model, engine=_Streamed(self.lm), cache=False, num_retries=0)


_SHOW: contextvars.ContextVar[Callable[[str], None] | None] = contextvars.ContextVar("ragkit_lm_show", default=None)


class _Streamed:
    """DSPy's own engine for an LM, asked for streams; each is read to its end and given as one response."""

    def __init__(self, lm: Any) -> None:
        self._engine = _engine_of(lm)

    def complete(self, request: Any) -> Any:
        return lm15.materialize_response(_shown(self._engine.stream(request)), request)


def _shown(events: Iterator[Any]) -> Iterator[Any]:
    show, joined = _SHOW.get(), Joined()
    for event in events:
        if show is not None and event.type == "delta" and event.delta is not None and event.delta.type == "text":
            show(joined.feed(event.delta.text))
        yield event


def _engine_of(lm: Any) -> Any:
    """The engine that DSPy would choose for an LM."""
    from dspy.clients.backend_selection import select_backend
    from dspy.clients.engines import LiteLLMEngine, LM15Engine
    from dspy.clients.engines.lm15_engine import timeouts_for

    if not isinstance(lm.engine, str):
        return lm.engine
    chosen = select_backend(lm)
    if not chosen.native:
        return LiteLLMEngine(model_type=lm.model_type, **chosen.clients)
    provider, clients = chosen.resolution.provider, chosen.clients
    address = clients.get("api_base")
    config = lm15.RouterConfig(
        api_keys={provider: clients["api_key"]} if "api_key" in clients else None,
        base_urls={provider: address} if address else None,
        timeouts=timeouts_for(clients.get("timeout")),
    )
    return LM15Engine(config, model_type=lm.model_type)
