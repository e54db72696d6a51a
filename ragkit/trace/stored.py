"""What the store gives back: a line for a list, a whole trace, and what people said about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ragkit.trace.model import Trace

Outcome = Literal["ok", "failed", "running", "unfinished"]
"""``unfinished``: the run never ended and its process is gone."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a person or a check said about a run. ``at`` is nanoseconds since the epoch."""

    at: int
    name: str
    label: str | None = None
    score: float | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class TraceRow:
    """One line of ``trace list``. ``passages`` counts those that reached the answer; times are nanoseconds."""

    id: str
    started: int
    ended: int | None
    outcome: Outcome
    pipeline: str
    pipeline_hash: str
    question: str
    answer: str | None
    abstained: bool | None
    error: str | None
    steps: int
    passages: int | None

    @property
    def seconds(self) -> float | None:
        """How long the run took; None when it has not ended."""
        return None if self.ended is None else (self.ended - self.started) / 1e9

    @property
    def when(self) -> datetime:
        """The start, in local time."""
        return datetime.fromtimestamp(self.started / 1e9).astimezone()


@dataclass(frozen=True, slots=True)
class StoredTrace:
    """A trace as it was stored, its line and its feedback, oldest first."""

    trace: Trace
    row: TraceRow
    feedback: tuple[Feedback, ...] = ()
