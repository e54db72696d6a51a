"""The plain ``dspy.LM`` behind an engine: DSPy's ordinary path to a server, one attempt at a time."""

from __future__ import annotations

import contextvars
import os
from collections.abc import Mapping
from typing import Any

import dspy

from ragkit.errors import LMError
from ragkit.spec.plan import Model

_COST: contextvars.ContextVar[list[float | None] | None] = contextvars.ContextVar("ragkit_lm_cost", default=None)
CONNECTION = frozenset({"api_key", "api_base", "base_url", "headers", "extra_headers", "timeout", "api_version"})
"""Settings of a ``dspy.LM`` that say how a server is reached, not what it is asked."""
NO_KEY = "none"
"""Sent where a file gives an address and names no key: servers of one's own ask for none."""


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
    """

    def __init__(self, lm: Any, where: str) -> None:
        self.lm = lm
        self.where = where

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
            settings["api_key"] = key or NO_KEY
        try:
            lm = _Plain(model.model, cache=False, num_retries=0, **settings)
        except (dspy.LMError, ValueError, TypeError) as error:
            raise LMError(f"DSPy does not take the LM {model.model!r}: {error}") from error
        return cls(lm, model.model if model.api_base is None else f"{model.model} at {model.api_base}")

    def complete(self, request: Any) -> tuple[Any, float | None]:
        """One attempt: the response, and its cost in US dollars where DSPy knows the price."""
        costs: list[float | None] = []
        token = _COST.set(costs)
        try:
            with dspy.context(send_stream=None, disable_history=False, usage_tracker=None):
                response = self.lm(request)
        finally:
            _COST.reset(token)
        return response, costs[-1] if costs else None
