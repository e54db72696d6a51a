"""The LM of a step: a ``dspy.LM`` whose requests ragkit sends, counts, caches and retries itself."""

from __future__ import annotations

from typing import Any

import dspy

from ragkit.lm.calls import call
from ragkit.lm.engine import Engine


class LM(dspy.LM):  # type: ignore[misc]
    """An LM as DSPy sees it, over an ``Engine`` that the whole process shares.

    DSPy's own cache and retries are off. Settings (``temperature`` …) belong to this object; copies have their own.

    Args:
        engine: What sends the requests.
        settings: Defaults of every request: ``temperature``, ``max_tokens``, ``rollout_id`` …
    """

    def __init__(self, engine: Engine, **settings: Any) -> None:
        super().__init__(engine.model.model, engine=engine, cache=False, num_retries=0, **settings)

    def __call__(self, prompt: Any = None, *, messages: Any = None, **kwargs: Any) -> Any:
        """Asks; every sample of one call (``n``) is a request of its own."""
        rollout = kwargs.pop("rollout_id", None)  # DSPy needs it for its own cache only, which is off
        with call(self.kwargs.get("rollout_id") if rollout is None else rollout):
            return super().__call__(prompt, messages=messages, **kwargs)

    def __deepcopy__(self, memo: dict[int, Any]) -> LM:
        """A copy with settings of its own; connection, limit and cache are shared."""
        copied: LM = self.copy()
        return copied

    def launch(self, launch_kwargs: dict[str, Any] | None = None) -> None:
        """Nothing to launch: the server is there. DSPy's BetterTogether asks for it."""

    def kill(self, launch_kwargs: dict[str, Any] | None = None) -> None:
        """Nothing to end."""
