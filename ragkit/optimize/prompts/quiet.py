"""DSPy's optimisers write to stdout, stderr and their log; here they are silent, and their complaints are kept."""

from __future__ import annotations

import contextlib
import io
import logging
import sys
import threading
from collections.abc import Callable, Iterator

_LOGGERS = ("dspy", "gepa")


class Complaints(logging.Handler):
    """What was logged as a warning or an error, once each."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps a record's first line."""
        text = (record.getMessage().strip().splitlines() or [""])[0]
        if text and text not in self.texts:
            self.texts.append(text)


@contextlib.contextmanager
def quiet() -> Iterator[Complaints]:
    """Swallows what the process prints inside the block; ``aloud`` lets ragkit's own sentences through."""
    complaints = Complaints()
    before: list[tuple[logging.Logger, list[logging.Handler], int, bool]] = []
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        before.append((logger, logger.handlers, logger.level, logger.propagate))
        logger.handlers, logger.propagate = [complaints], False
        logger.setLevel(logging.WARNING)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            yield complaints
    finally:
        for logger, handlers, level, propagate in before:
            logger.handlers, logger.propagate = handlers, propagate
            logger.setLevel(level)


def aloud(tell: Callable[[str], None]) -> Callable[[str], None]:
    """``tell``, made outside of ``quiet``, for use inside of it, from any thread."""
    stream, lock = sys.stderr, threading.Lock()

    def told(text: str) -> None:
        with lock, contextlib.redirect_stderr(stream):
            tell(text)

    return told
