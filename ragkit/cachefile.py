"""A file that remembers what was computed, or paid for, once: one SQLite database for threads and processes."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from ragkit.errors import RagkitError

WAIT = 30.0
"""Seconds that another process may hold the file."""


class CacheFile:
    """What every cache shares: the file, made when it is not there, and what is said where it cannot be used.

    Args:
        path: The SQLite file; its folder is made too.

    Raises:
        RagkitError: From here and inside ``_using``: the file cannot be used.
    """

    what: ClassVar[str]
    """What the file is, for errors: ``the step cache``."""
    schema: ClassVar[str]
    """The SQL that makes its tables where they are missing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._open: sqlite3.Connection | None = None
        self._process = 0
        with self._using():
            pass

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            if self._open is not None and self._process == os.getpid():
                self._open.close()

    @contextlib.contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        """One thread at a time works on the file; what goes wrong with it is told."""
        with self._lock:
            try:
                yield self._connection()
            except (OSError, sqlite3.Error) as error:
                raise RagkitError(
                    f"{self.what} {self._path} cannot be used: {getattr(error, 'strerror', None) or error}",
                    hint="make room and let it be written, move it away if it is damaged, or set RAGKIT_HOME to "
                    "another folder; --no-cache does without",
                ) from error

    def _connection(self) -> sqlite3.Connection:
        """This process's connection: one that a fork inherited must be neither used nor closed."""
        if self._open is None or self._process != os.getpid():
            if self._open is not None:
                _INHERITED.append(self._open)
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._open = sqlite3.connect(self._path, timeout=WAIT, check_same_thread=False, isolation_level=None)
            self._process = os.getpid()
            self._open.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; {self.schema}")
        return self._open


_INHERITED: list[sqlite3.Connection] = []
