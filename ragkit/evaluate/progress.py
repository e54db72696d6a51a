"""How far an evaluation is: what a caller is told while it runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """One report. ``rate`` counts questions a second since the evaluation began; ``message`` is a sentence to say."""

    done: int
    total: int
    rate: float | None = None
    seconds_left: float | None = None
    message: str = ""
    stage: str = "evaluating"
    unit: str = "questions"
