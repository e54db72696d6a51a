"""What the steps of a stored run gave, for a run in which they are given the same."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Mapping
from typing import Any

from ragkit.component import has_record_output
from ragkit.engine.cache import MISS, execution_key
from ragkit.spec.plan import Step
from ragkit.trace.model import Span, Trace
from ragkit.types import Result, Usage


class Recorded:
    """Fulfils ``ragkit.engine.reuse.Reuse`` from a trace; nothing is added to it.

    A step that was given the same more than once (in two rounds of a loop) gives what it gave each time, in order; LM
    steps too, whose next reply might be another. Which index a step read is no part of it: the trace is what counts.

    Args:
        trace: The run.
        steps: The steps of its plan, by path.
    """

    def __init__(self, trace: Trace, steps: Mapping[str, Step]) -> None:
        self.unkeyed: set[str] = set()
        self._lock = threading.Lock()
        self._given: dict[str, deque[Result[Any]]] = defaultdict(deque)
        for span in trace.spans:
            step = steps.get(span.step)
            if step is None or step.flow is not None or span.status not in ("ok", "cached"):
                continue
            key = self.key(step, span.params, span.inputs, "")
            if key is not None:
                self._given[key].append(_outcome(step, span))

    def holds(self, step: Step) -> bool:
        """Whatever the step is: the run held it."""
        return True

    def key(self, step: Step, params: Mapping[str, Any], inputs: Mapping[str, Any], content: str) -> str | None:
        """The key of one execution of this very step, whichever index it reads."""
        key = execution_key(step, params, inputs, "")
        if key is None:
            self.unkeyed.add(step.path)
            return None
        return f"{step.path} {key}"

    def get(self, key: str | None) -> Any:
        """What the step gave, with what it decided; nothing is spent on it."""
        with self._lock:
            given = self._given.get(key) if key is not None else None
            if not given:
                return MISS
            return given.popleft() if len(given) > 1 else given[0]

    def put(self, key: str, step: Step, outcome: Any) -> None:
        """Keeps nothing: the run's own trace does."""

    def close(self) -> None:
        """Nothing is open."""


def _outcome(step: Step, span: Span) -> Result[Any]:
    values = tuple(span.outputs.get(port.name) for port in step.outputs)
    value = values if has_record_output(step.component) else values[0]
    return Result(value, span.decision, span.warnings, Usage())
