"""What a parser logs while it reads a file: kept for that file's warnings instead of written to stderr."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def complaints(package: str) -> Iterator[list[str]]:
    """Collects what a package logs as a warning or worse, in order, each message once."""
    log = logging.getLogger(package)
    handler = _Collector()
    propagated = log.propagate
    log.addHandler(handler)
    log.propagate = False
    try:
        yield handler.messages
    finally:
        log.removeHandler(handler)
        log.propagate = propagated


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if message not in self.messages:
            self.messages.append(message)
