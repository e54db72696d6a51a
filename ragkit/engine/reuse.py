"""Where the result of a step may come from without running it: the step cache, or the trace that is replayed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from ragkit.spec.plan import Step


class Reuse(Protocol):
    """What the engine asks before it runs a step, and tells afterwards. Safe to use from several threads."""

    def holds(self, step: Step) -> bool:
        """Whether results of this step are kept at all."""

    def key(self, step: Step, params: Mapping[str, Any], inputs: Mapping[str, Any], content: str) -> str | None:
        """The key of one execution, or None where an input is of a type that cannot be stored.

        Args:
            step: The step.
            params: The parameters it runs with, bound values included.
            inputs: What its ports are given.
            content: The version of the index it reads; empty when it reads none.
        """

    def get(self, key: str | None) -> Any:
        """What the component returned, or ``ragkit.engine.cache.MISS``."""

    def put(self, key: str, step: Step, outcome: Any) -> None:
        """Keeps what the component returned; a record (several ports) as a tuple of them."""

    def close(self) -> None:
        """Closes what is open."""
