"""Responses by request, so that evaluation and optimisation need not pay twice: one SQLite file, JSON inside.

A key covers the model and its address, the prompt, the settings, and which rollout and sample it is, so that samples of
one prompt stay samples. Off for plain runs.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

from ragkit.cachefile import CacheFile
from ragkit.spec.plan import Model

KEPT = ("reply", "thoughts", "finish_reason", "answered_by", "usage", "logprobs")
"""What is kept of a response, by the names of ``ragkit.lm.shape.to_plain``."""
_WHOLE = {"reply", "finish_reason", "answered_by", "usage"}
_COUNTS = {"prompt_tokens", "completion_tokens", "cached_tokens", "cost"}
FORMAT = 1
"""Part of every key: raised when what is stored changes its meaning."""


class ResponseCache(CacheFile):
    """What LMs answered. Safe to use from several threads and processes.

    Args:
        path: The SQLite file; made, with its folder, when it is not there.

    Raises:
        RagkitError: From here and from ``get`` and ``put``: the file cannot be used.
    """

    what = "the cache of LM responses"
    schema = "CREATE TABLE IF NOT EXISTS responses (key TEXT PRIMARY KEY, model TEXT NOT NULL, body BLOB NOT NULL)"

    def get(self, key: str) -> dict[str, Any] | None:
        """What was stored under a key; what cannot be read any more is forgotten."""
        with self._using() as connection:
            row = connection.execute("SELECT body FROM responses WHERE key = ?", (key,)).fetchone()
            if row is None:
                return None
            body = _read(row[0])
            if body is None:
                connection.execute("DELETE FROM responses WHERE key = ?", (key,))
            return body

    def put(self, key: str, model: str, body: Mapping[str, Any]) -> None:
        """Stores a response; of two that come at the same time the first stays."""
        with self._using() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO responses VALUES (?, ?, ?)", (key, model, orjson.dumps(dict(body)))
            )


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
