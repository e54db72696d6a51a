"""How far an optimisation is within what it is doing: questions that have run, and LM requests that were sent."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ragkit.evaluate.progress import Progress


class Reports:
    """Tells how far it is, from whichever thread something happens.

    Args:
        show: Is told. It must not raise: the threads of LM requests call it too.
    """

    def __init__(self, show: Callable[[Progress], None]) -> None:
        self._show = show
        self._lock = threading.Lock()
        self._stage = ""
        self._done = self._of = self._sent = 0

    def begin(self, stage: str) -> None:
        """Something else is done from now on: a trial, the judging."""
        with self._lock:
            self._stage, self._done, self._of = stage, 0, 0

    def ran(self, done: int, of: int) -> None:
        """So many of the questions have run."""
        self._tell(done=done, of=of)

    def sent(self, requests: int) -> None:
        """So many LM requests have been sent in all."""
        self._tell(sent=requests)

    def _tell(self, *, done: int | None = None, of: int | None = None, sent: int | None = None) -> None:
        with self._lock:
            self._done = self._done if done is None else done
            self._of = self._of if of is None else of
            self._sent = self._sent if sent is None else sent
            if self._of:
                requests = f", {self._sent:,} LM requests so far" if self._sent else ""
                self._show(Progress(self._done, self._of, stage=self._stage, unit=f"questions{requests}"))
