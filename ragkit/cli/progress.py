"""Progress of long work, on stderr: a bar that is redrawn on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time

from ragkit.cli import console

REDRAW = 0.1
"""Seconds between two drawings of the bar."""
LINE_EVERY = 10.0
"""Seconds between two lines where there is no terminal."""
_CELLS = 24


class Progress:
    """Called as ``progress(stage, done, total)``: ``total`` is None where it is not known.

    Stages that take less than a moment leave no line. Rate and time left count from the stage's first call, so that
    what was reused does not flatter them.
    """

    def __init__(self) -> None:
        self._terminal = console.is_terminal(sys.stderr)
        self._stage: str | None = None
        self._began = 0.0
        self._first = 0
        self._shown = 0.0
        self._drawn = False

    def __call__(self, stage: str, done: int, total: int | None = None) -> None:
        """Tells how far a stage is.

        Args:
            stage: What is being done: ``encoding passages``.
            done: How many are done.
            total: How many there are.
        """
        now = time.monotonic()
        if stage != self._stage:
            self.close()
            self._stage, self._began, self._first, self._shown = stage, now, done, now
            return
        finished = total is not None and done >= total
        if now - self._shown < (REDRAW if self._terminal else LINE_EVERY) and not (finished and self._drawn):
            return
        self._shown = now
        text = self._text(done, total, now)
        if self._terminal:
            sys.stderr.write(f"\r\x1b[K{text[: console.width() - 1]}")
            sys.stderr.flush()
        else:
            console.say(text)
        self._drawn = True

    def close(self) -> None:
        """Takes the bar away; a line that was written stays."""
        if self._drawn and self._terminal:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
        self._drawn = False
        self._stage = None

    def _text(self, done: int, total: int | None, now: float) -> str:
        passed = now - self._began
        rate = (done - self._first) / passed if passed > 0 else 0.0
        speed = f"{rate:,.0f}/s" if rate >= 10 else f"{rate:.1f}/s"
        if not total:
            return f"{self._stage}: {done:,}  {speed}"
        left = f", {console.seconds((total - done) / rate)} left" if rate > 0 and done < total else ""
        bar = ""
        if self._terminal:
            full = round(_CELLS * min(done / total, 1.0))
            bar = f"{'█' * full}{'░' * (_CELLS - full)} "
        return f"{self._stage}: {bar}{done:,} of {total:,}  {speed}{left}"
