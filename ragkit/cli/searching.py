"""What ``ragkit optimize`` shows while it runs: sentences, the best trials, and a bar on a terminal."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ragkit.cli import console
from ragkit.cli.progress import ProgressBar

if TYPE_CHECKING:
    from ragkit.evaluate.progress import Progress
    from ragkit.optimize.trials import Ended

LINE_EVERY = 60.0
"""Seconds between two lines about the same trial where there is no terminal."""


class SearchShown:
    """Shows an optimisation on stderr. Safe to use from several threads."""

    def __init__(self) -> None:
        self._bar = ProgressBar(LINE_EVERY)
        self._best: float | None = None
        self._lock = threading.RLock()

    def say(self, text: str) -> None:
        """A sentence, in the place of the bar."""
        with self._lock:
            self._bar.close()
            console.say(text)

    def progress(self, report: Progress) -> None:
        """How far it is; from any thread."""
        with self._lock:
            self._bar.show(report)

    def done(self, ended: Ended, of: int) -> None:
        """A trial has ended; those that are better than all before are shown."""
        tried = ended.tried
        if tried is not None and tried.feasible and (self._best is None or tried.value > self._best):
            self._best = tried.value
            values = ", ".join(f"{path} {value}" for path, value in tried.choices.items())
            self.say(f"trial {ended.place + 1} of {of}: value {tried.value:.4f} with {values}")

    def close(self) -> None:
        """Takes the bar away."""
        with self._lock:
            self._bar.close()
