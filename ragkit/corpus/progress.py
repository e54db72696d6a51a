"""How far a build is: what a caller is told while it runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Stage = Literal["waiting", "reading", "preparing", "encoding", "writing", "bm25", "storing", "checking", "publishing"]


@dataclass(frozen=True, slots=True)
class BuildProgress:
    """One report.

    Attributes:
        stage: What is going on. ``encoding`` takes nearly all of the time; ``bm25`` is rebuilt whole by every build.
        done: How much of it is done, in ``unit``.
        total: How much there is; None when that is not known.
        unit: ``documents``, ``texts`` or ``passages``.
        rate: Units a second since the stage began; None at its start.
        seconds_left: For this stage; None when it cannot be told.
        message: A sentence, for stages that have no count.
    """

    stage: Stage
    done: int = 0
    total: int | None = None
    unit: str = ""
    rate: float | None = None
    seconds_left: float | None = None
    message: str = ""


Progress = Callable[[BuildProgress], None]


class StageClock:
    """Times the stages of a build and reports them."""

    def __init__(self, told: Progress | None) -> None:
        self._told = told
        self.seconds: dict[str, float] = {}
        self._stage: Stage | None = None
        self._began = 0.0

    def begin(self, stage: Stage, total: int | None = None, unit: str = "", message: str = "") -> None:
        """Ends the stage that runs and starts another."""
        self.end()
        self._stage = stage
        self._began = time.perf_counter()
        self._tell(BuildProgress(stage, 0, total, unit, message=message))

    def step(self, done: int, total: int | None = None, unit: str = "", share: float | None = None) -> None:
        """Reports how far the stage is. ``share`` is the part of its work that is done, where counts mislead."""
        assert self._stage is not None
        took = time.perf_counter() - self._began
        part = share if share is not None else (done / total if total else None)
        left = took / part - took if part else None
        self._tell(BuildProgress(self._stage, done, total, unit, done / took if took > 0 else None, left))

    def end(self) -> None:
        """Ends the stage that runs."""
        if self._stage is not None:
            took = time.perf_counter() - self._began
            self.seconds[self._stage] = round(self.seconds.get(self._stage, 0.0) + took, 4)
            self._stage = None

    def _tell(self, progress: BuildProgress) -> None:
        if self._told is not None:
            self._told(progress)
