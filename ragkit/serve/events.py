"""A run as server-sent events: a step that ended, a piece of the answer, the result."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from ragkit.engine.result import RunResult
from ragkit.serve.admission import Admission
from ragkit.trace.model import Span

HEARTBEAT = 15.0
"""Seconds of silence after which a comment is sent, so that nobody on the way takes the connection for dead."""
Run = Callable[[Callable[[Span], None], Callable[[str], None]], RunResult]


class Stream:
    """A run that is under way; iterating gives spans and pieces of the answer as they come, and None in silence.

    Args:
        admission: Runs it.
        run: Answers the question; is given what to call with each span and with each piece.

    Raises:
        Full: There is no place for it.
    """

    def __init__(self, admission: Admission, run: Run) -> None:
        loop = asyncio.get_running_loop()
        self._events: asyncio.Queue[Span | str] = asyncio.Queue()
        self._streamed = False

        def show(event: Span | str) -> None:
            loop.call_soon_threadsafe(self._events.put_nowait, event)

        self._future = admission.start(lambda: run(show, show))

    async def __aiter__(self) -> AsyncIterator[Span | str | None]:
        getting: asyncio.Task[Span | str] | None = None
        try:
            while True:
                getting = getting or asyncio.ensure_future(self._events.get())
                both: set[asyncio.Future[Any]] = {getting, self._future}
                await asyncio.wait(both, timeout=HEARTBEAT, return_when=asyncio.FIRST_COMPLETED)
                if getting.done():
                    event = getting.result()
                    getting = None
                    self._streamed = self._streamed or isinstance(event, str)
                    yield event
                elif self._future.done():
                    break
                else:
                    yield None
        finally:
            if getting is not None:
                getting.cancel()

    async def result(self) -> RunResult:
        """The result, once the run has ended.

        Raises:
            RagkitError: The run could not begin.
        """
        return await asyncio.shield(self._future)

    @property
    def streamed(self) -> bool:
        """Whether an LM wrote the answer piece by piece."""
        return self._streamed


def step(span: Span) -> dict[str, Any]:
    """A step that ended, as the event ``step`` has it."""
    decision = span.decision
    return {
        "step": span.step,
        "use": span.use,
        "status": span.status,
        "seconds": round((span.ended - span.started) / 1e9, 6),
        "decision": None
        if decision is None
        else {
            "kind": decision.kind, "kept": decision.kept, "of": decision.of, "score": decision.score,
            "threshold": decision.threshold, "reason": decision.reason,
        },
        "warnings": list(span.warnings),
    }  # fmt: skip


def event(name: str, data: Any) -> bytes:
    """One named event."""
    return f"event: {name}\n".encode() + line(data)


def line(data: Any) -> bytes:
    """The data of one event; JSON has no bare line breaks, so it is one line."""
    return f"data: {data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)}\n\n".encode()


SILENCE = b": still running\n\n"
