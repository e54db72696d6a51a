"""Responses by request, so that evaluation and optimisation need not pay twice: one SQLite file, JSON inside.

A key covers the model and its address, the prompt, the settings, and which rollout and sample it is, so that samples of
one prompt stay samples. Off for plain runs.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from ragkit.errors import RagkitError
from ragkit.spec.plan import Model

_SCHEMA = "CREATE TABLE IF NOT EXISTS responses (key TEXT PRIMARY KEY, model TEXT NOT NULL, body BLOB NOT NULL)"
KEPT = ("reply", "thoughts", "finish_reason", "answered_by", "usage", "logprobs")
"""What is kept of a response, by the names of ``ragkit.lm.shape.to_plain``."""
_WHOLE = {"reply", "finish_reason", "answered_by", "usage"}
_COUNTS = {"prompt_tokens", "completion_tokens", "cached_tokens", "cost"}
FORMAT = 1
"""Part of every key: raised when what is stored changes its meaning."""
WAIT = 30.0
"""Seconds that another process may hold the file."""


class ResponseCache:
    """What LMs answered. Safe to use from several threads and processes.

    Args:
        path: The SQLite file; made, with its folder, when it is not there.

    Raises:
        RagkitError: From here and from ``get`` and ``put``: the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._told():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, timeout=WAIT, check_same_thread=False, isolation_level=None)
            self._connection.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; {_SCHEMA}")
        self._lock = threading.Lock()

    def get(self, key: str) -> dict[str, Any] | None:
        """What was stored under a key; what cannot be read any more is forgotten."""
        with self._lock, self._told():
            row = self._connection.execute("SELECT body FROM responses WHERE key = ?", (key,)).fetchone()
            if row is None:
                return None
            body = _read(row[0])
            if body is None:
                self._connection.execute("DELETE FROM responses WHERE key = ?", (key,))
            return body

    def put(self, key: str, model: str, body: Mapping[str, Any]) -> None:
        """Stores a response; of two that come at the same time the first stays."""
        with self._lock, self._told():
            self._connection.execute(
                "INSERT OR IGNORE INTO responses VALUES (?, ?, ?)", (key, model, orjson.dumps(dict(body)))
            )

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            raise RagkitError(
                f"the cache of LM responses {self._path} cannot be used: {getattr(error, 'strerror', None) or error}",
                hint="make room and let it be written, move it away if it is damaged, or set RAGKIT_HOME to another "
                "folder; --no-cache does without",
            ) from error

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._connection.close()


def key_of(model: Model, messages: list[dict[str, str]], config: Any, rollout: int | None, sample: int) -> str | None:
    """The key of a request; None for one that cannot be written as JSON."""
    settings = {name: value for name, value in dataclasses.asdict(config).items() if value not in (None, ())}
    head = [FORMAT, model.model, model.api_base, rollout, sample]
    try:
        body = orjson.dumps([head, messages, settings], option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return None
    return hashlib.sha256(body).hexdigest()


def _read(body: Any) -> dict[str, Any] | None:
    """A stored response; None where it is damaged."""
    try:
        found = orjson.loads(body)
    except (orjson.JSONDecodeError, TypeError):
        return None
    whole = isinstance(found, dict) and found.keys() >= _WHOLE and isinstance(found["usage"], dict)
    return found if whole and found["usage"].keys() >= _COUNTS else None
