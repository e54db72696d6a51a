"""Progress of a build or an evaluation, on stderr: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from ragkit.cli import console, interrupt

if TYPE_CHECKING:
    from ragkit.corpus.progress import BuildProgress
    from ragkit.evaluate.progress import Progress

REDRAW = 0.1
"""Seconds between two drawings of the bar."""
LINE_EVERY = 10.0
"""Seconds between two lines where there is no terminal."""
_CELLS = 24


class ProgressBar:
    """Is called with each report. ``close`` takes the bar away; what was written as a line stays.

    Args:
        every: Seconds between two lines where there is no terminal.
    """

    def __init__(self, every: float = LINE_EVERY) -> None:
        self._stream = sys.stderr
        self._terminal = console.is_terminal(sys.stderr)
        self._every = every
        self._stage: str | None = None
        self._shown = time.monotonic()
        self._drawn = False

    def __call__(self, report: BuildProgress | Progress) -> None:
        """Shows how far the build is, unless it was shown a moment ago."""
        interrupt.check()
        self.show(report)

    def show(self, report: BuildProgress | Progress) -> None:
        """The same, from any thread: it does not look whether there was a ctrl-C."""
        now = time.monotonic()
        if report.message:
            self.close()
            console.say(report.message)
        if now - self._shown < (REDRAW if self._terminal else self._every) and not (
            self._terminal and report.stage != self._stage
        ):
            return
        self._stage, self._shown = report.stage, now
        text = self._text(report)
        if self._terminal:
            self._stream.write(f"\r\x1b[K{text[: console.width() - 1]}")
            self._stream.flush()
            self._drawn = True
        else:
            console.say(text)

    def close(self) -> None:
        """Takes the bar away."""
        if self._drawn:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._drawn = False

    def _text(self, report: BuildProgress | Progress) -> str:
        if not report.total:
            return f"{report.stage} …" if not report.done else f"{report.stage}: {report.done:,} {report.unit}"
        bar = ""
        if self._terminal:
            full = round(_CELLS * min(report.done / report.total, 1.0))
            bar = f"{'█' * full}{'░' * (_CELLS - full)} "
        text = f"{report.stage}: {bar}{report.done:,} of {report.total:,} {report.unit}"
        if report.rate:
            text += f"  {report.rate:,.0f}/s" if report.rate >= 10 else f"  {report.rate:.1f}/s"
        if report.seconds_left is not None and report.done < report.total:
            text += f", {console.seconds(report.seconds_left)} left"
        return text
