"""A file that remembers what was computed, or paid for, once: one SQLite database for threads and processes."""

from __future__ import annotations

import contextlib
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
        with self._using():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, timeout=WAIT, check_same_thread=False, isolation_level=None)
            self._connection.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; {self.schema}")

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._connection.close()

    @contextlib.contextmanager
    def _using(self) -> Iterator[None]:
        """One thread at a time works on the file; what goes wrong with it is told."""
        with self._lock:
            try:
                yield
            except (OSError, sqlite3.Error) as error:
                raise RagkitError(
                    f"{self.what} {self._path} cannot be used: {getattr(error, 'strerror', None) or error}",
                    hint="make room and let it be written, move it away if it is damaged, or set RAGKIT_HOME to "
                    "another folder; --no-cache does without",
                ) from error
