"""What runs: a question, and the frames in which the graphs of its plan are executed.

A frame is one execution of one graph: the file's own, one branch, one element of a map, one round of a loop. Its values
are a flat list, laid out by ``ragkit.spec.plan.Graph``; what is not there is ``NOTHING``.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from ragkit.engine.asking import Asking
from ragkit.engine.budget import Purse
from ragkit.errors import StepError
from ragkit.trace.model import Span, Trace


class _Nothing:
    """The type of ``NOTHING``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "NOTHING"

    def __bool__(self) -> bool:
        return False

    def __copy__(self) -> _Nothing:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> _Nothing:
        return self


NOTHING: Final = _Nothing()
_NO_ASKING = Asking()


class Question:
    """One question while it runs: its trace, its purse, and the error that ended it, if one did.

    ``asking`` says how its LM steps ask.
    """

    __slots__ = (
        "asking", "error", "index", "lock", "on_event", "purse", "started", "stopped", "trace", "warnings",
    )  # fmt: skip

    def __init__(
        self,
        trace: Trace,
        purse: Purse,
        on_event: Callable[[Span], None] | None = None,
        asking: Asking = _NO_ASKING,
    ) -> None:
        self.trace = trace
        self.purse = purse
        self.on_event = on_event
        self.asking = asking
        self.index = itertools.count()
        self.error: StepError | None = None
        self.stopped: str | None = None
        self.warnings: list[str] = []
        self.lock = threading.Lock()
        self.started = time.perf_counter()

    def fail(self, error: StepError) -> None:
        """Ends the question; of several failures side by side the first is kept."""
        with self.lock:
            if self.error is None:
                self.error = error

    def stop(self, reason: str) -> None:
        """Notes that a budget was spent; the first reason is kept."""
        with self.lock:
            if self.stopped is None:
                self.stopped = reason

    def warn(self, text: str) -> None:
        """Adds a warning to the result, once."""
        with self.lock:
            if text not in self.warnings:
                self.warnings.append(text)

    def close(self, span: Span) -> None:
        """Ends a span and tells whoever listens."""
        span.ended = time.time_ns()
        if self.on_event is not None:
            self.on_event(span)

    def open(self, frame: Frame, step: str, use: str, kind: str) -> Span:
        """A new span of this question's trace, under the frame's flow step."""
        span = Span(next(self.index), frame.span, step, use, kind, frame.label, time.time_ns())
        self.trace.spans.append(span)
        return span


class Frame:
    """One execution of a graph. ``parent`` is the frame that inner steps read outward to; a file has none."""

    __slots__ = ("label", "parent", "question", "span", "values")

    def __init__(
        self,
        question: Question,
        values: list[Any],
        parent: Frame | None = None,
        label: str = "",
        span: int | None = None,
    ) -> None:
        self.question = question
        self.values = values
        self.parent = parent
        self.label = label
        self.span = span

    def inner(self, values: list[Any], part: str, span: Span, *, sealed: bool = False) -> Frame:
        """A frame inside this one. ``sealed`` frames (of an included file) do not see outward."""
        label = f"{self.label}/{part}" if self.label and part else self.label or part
        return Frame(self.question, values, None if sealed else self, label, span.index)
