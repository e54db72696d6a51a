"""Finding what is stored: a trace by the beginning of its id, contents by their digests."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

import orjson

from ragkit.errors import TraceError
from ragkit.trace.decode import ASK_AGAIN


def resolve(connection: sqlite3.Connection, id: str) -> str:
    """The whole id for a beginning of it that no other has, or for ``last``.

    Raises:
        TraceError: There is none, or there are several.
    """
    if id == "last":
        found = connection.execute("SELECT id FROM traces ORDER BY started DESC, rowid DESC LIMIT 1").fetchall()
        if not found:
            raise TraceError("there are no traces yet", hint="ragkit run PIPELINE QUESTION")
        return str(found[0][0])
    found = connection.execute(
        "SELECT id FROM traces WHERE substr(id, 1, ?) = ? ORDER BY started DESC LIMIT 4", (len(id), id.lower())
    ).fetchall()
    if len(found) == 1:
        return str(found[0][0])
    if not found or not id:
        raise TraceError(f"there is no trace {id!r}", hint="ragkit trace list shows those that are there")
    names = ", ".join(repr(row[0][: len(id) + 4]) for row in found[:3]) + (" …" if len(found) > 3 else "")
    raise TraceError(f"several traces begin with {id!r}: {names}", hint="give more of the id")


def contents(connection: sqlite3.Connection, shas: Sequence[str]) -> dict[str, bytes]:
    """The contents that are there, by their digests."""
    found: dict[str, bytes] = {}
    for start in range(0, len(shas), 500):  # SQLite bounds the number of placeholders
        part = shas[start : start + 500]
        found.update(
            connection.execute(f"SELECT sha, body FROM contents WHERE sha IN ({', '.join('?' * len(part))})", part)
        )
    return found


def load(body: bytes, id: str) -> dict[str, Any]:
    """A stored JSON object; ``id`` is named in the error.

    Raises:
        TraceError: It is damaged.
    """
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise TraceError(f"the trace {id!r} is damaged in the store: {error}", hint=ASK_AGAIN) from error
    if not isinstance(found, dict):
        raise TraceError(
            f"the trace {id!r} is damaged in the store: it is a {type(found).__name__}, not an object", hint=ASK_AGAIN
        )
    return found
