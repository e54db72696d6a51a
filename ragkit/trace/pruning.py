"""Removing old runs from the store, and what only they used.

Each function does one part on a connection whose transaction ``TraceStore.prune`` holds, so that no writer waits for
long; a kill between two parts leaves a whole store, in which the next pruning finds what was left.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson

from ragkit.errors import UsageError
from ragkit.trace import owner

AT_ONCE = 500
"""How many runs one transaction removes."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What a pruning removed, or would.

    Attributes:
        removed: Runs.
        kept: Runs that stay.
        said: Those of the removed about which a person or a check had said something, which goes with them.
        contents: Contents of passages, and declared graphs, that no run uses any more.
        bytes: What the removed runs and contents held.
        size_before: Of the file and its log, in bytes.
        size_after: The same afterwards; None where nothing was removed for real.
        not_shrunk: Why the file keeps its size though there is room in it; None where it was made smaller.
    """

    removed: int
    kept: int
    said: int
    contents: int
    bytes: int
    size_before: int
    size_after: int | None = None
    not_shrunk: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The runs to remove, the oldest first; how many stay; the bytes of their rows; how many have feedback."""

    ids: tuple[str, ...]
    kept: int
    bytes: int
    said: int

    def parts(self) -> Iterator[tuple[str, ...]]:
        """The runs, as many at a time as one transaction removes."""
        for start in range(0, len(self.ids), AT_ONCE):
            yield self.ids[start : start + AT_ONCE]

    def told(
        self, contents: Mapping[str, int], size: int, after: int | None = None, not_shrunk: str | None = None
    ) -> Pruned:
        """What was done, or would be: with these contents, from this size of the store to that."""
        held = self.bytes + sum(contents.values())
        return Pruned(len(self.ids), self.kept, self.said, len(contents), held, size, after, not_shrunk)


@dataclass(frozen=True, slots=True)
class Use:
    """What was in use at one moment: the contents that no run used, with their bytes, and the ends of all runs."""

    unused: dict[str, int]
    ended: dict[str, int | None]


def plan(connection: sqlite3.Connection, keep: int | None, before: datetime | None) -> Plan:
    """Chooses the runs: those beyond the latest ``keep`` that also started before ``before``.

    Runs that a living process is at work on are never among them.

    Args:
        connection: The store.
        keep: How many of the latest runs stay in any case.
        before: A time without zone is local.

    Raises:
        UsageError: Neither limit was given, or ``keep`` is negative.
    """
    if (keep is None and before is None) or (keep is not None and keep < 0):
        raise UsageError("pruning takes how many runs to keep, at least 0, or the time before which they go")
    limit = None if before is None else int(before.timestamp() * 1e9)
    rows = connection.execute(
        "SELECT id, started, ended, owner, length(document), EXISTS (SELECT 1 FROM feedback WHERE trace = id) "
        "FROM traces ORDER BY started DESC, rowid DESC"
    ).fetchall()
    going = [
        row
        for row in rows[keep or 0 :]
        if (limit is None or row[1] < limit) and (row[2] is not None or not owner.is_alive(row[3]))
    ]
    ids = tuple(row[0] for row in reversed(going))
    return Plan(ids, len(rows) - len(ids), sum(row[4] for row in going), sum(row[5] for row in going))


def look(connection: sqlite3.Connection, without: Sequence[str]) -> Use:
    """The contents that no run uses but those ``without``.

    Every document is read for it (8 s a GB); in a transaction that only reads, others go on writing. What a damaged
    document used cannot be known, and its trace cannot be read any more either.
    """
    left, leaving = dict(connection.execute("SELECT sha, length(body) FROM contents")), set(without)
    ended = {}
    for id, *used, end in connection.execute("SELECT id, graph, document, ended FROM traces"):
        if id not in leaving:
            ended[id] = end
            _take(left, *used)
    return Use(left, ended)


def remove(connection: sqlite3.Connection, ids: Sequence[str]) -> None:
    """Removes runs and what was said about them."""
    connection.executemany("DELETE FROM feedback WHERE trace = ?", ((id,) for id in ids))
    connection.executemany("DELETE FROM traces WHERE id = ?", ((id,) for id in ids))


def sweep(connection: sqlite3.Connection, use: Use) -> dict[str, int]:
    """Removes the contents that were not in use, but for those that a run has begun to use since; gives them back."""
    left = dict(use.unused)
    written = [
        id
        for id, ended in connection.execute("SELECT id, ended FROM traces").fetchall()
        if ended is None or use.ended.get(id) != ended
    ]
    for id in written:
        _take(left, *connection.execute("SELECT graph, document FROM traces WHERE id = ?", (id,)).fetchone())
    connection.executemany("DELETE FROM contents WHERE sha = ?", ((sha,) for sha in left))
    return left


def shrink(connection: sqlite3.Connection) -> str | None:
    """Gives free room back to the file system; no transaction may be open.

    Returns:
        Why that could not be done, or None. The store is whole either way.
    """
    try:
        if connection.execute("PRAGMA freelist_count").fetchone()[0]:
            connection.execute("VACUUM")
        busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    except sqlite3.Error as error:
        return str(error)
    return "another process reads it" if busy else None


def size(path: Path) -> int:
    """The bytes of the store and its log on the disk."""
    return sum(file.stat().st_size for file in (path, path.with_name(f"{path.name}-wal")) if file.exists())


def _take(left: dict[str, int], graph: str | None, body: bytes) -> None:
    """Takes what one run uses out of what is left."""
    if graph is not None:
        left.pop(graph, None)
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return
    for sha in (found.get("contents") or ()) if isinstance(found, dict) else ():
        left.pop(sha, None)
