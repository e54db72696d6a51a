"""The trace store's SQLite file: its tables, its version, and how it is opened."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path

from ragkit.errors import TraceError

APPLICATION_ID = 0x7261676B
"""``ragk``: what the file says it is."""
VERSION = 2
"""2 since results leave out what their trace says; a store of version 1 is raised, its traces are told as too old."""
BUSY_SECONDS = 30.0

_TABLES = """
CREATE TABLE traces (
    id TEXT PRIMARY KEY, started INTEGER NOT NULL, ended INTEGER, owner TEXT NOT NULL,
    pipeline TEXT NOT NULL, pipeline_hash TEXT NOT NULL, question TEXT NOT NULL, answer TEXT, abstained INTEGER,
    error TEXT, steps INTEGER NOT NULL, passages INTEGER, graph TEXT, document BLOB NOT NULL
);
CREATE INDEX traces_by_start ON traces (started);
CREATE TABLE contents (sha TEXT PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE feedback (
    trace TEXT NOT NULL REFERENCES traces (id), at INTEGER NOT NULL, name TEXT NOT NULL, label TEXT, score REAL,
    comment TEXT
);
CREATE INDEX feedback_by_trace ON feedback (trace);
"""


def connect(path: Path) -> sqlite3.Connection:
    """Opens the store, and makes it if it is not there.

    The journal is a write-ahead log with ``synchronous=NORMAL``: a committed run survives the death of the process at
    any moment; the last runs before a power failure may be missing, but the file stays whole. Where the file system has
    no shared memory for a write-ahead log, SQLite keeps its older journal, and then every commit is synced. A store
    that may not be written is opened to be read: whoever writes there is told.

    Raises:
        TraceError: The file is not a trace store, or one of a later ragkit.
        sqlite3.Error: It cannot be opened.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    read_only = path.exists() and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))
    name = path.absolute().as_uri() + "?mode=ro" if read_only else str(path)
    if read_only and not path.with_name(f"{path.name}-wal").exists():
        name += "&immutable=1"  # else SQLite wants to make the shared memory of a write-ahead log beside the file
    connection = sqlite3.connect(
        name, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, uri=read_only
    )
    try:
        _check(connection, path, read_only=read_only)
        if not read_only:
            journal = _to_wal(connection)
            connection.execute(f"PRAGMA synchronous={'NORMAL' if journal == 'wal' else 'FULL'}")
        connection.create_function("holds", 2, _holds, deterministic=True)
    except BaseException:
        connection.close()
        raise
    return connection


def what_mends(error: Exception) -> str | None:
    """What to do about an error of SQLite or of the system; None where that is not known."""
    said = str(error)
    if "locked" in said:
        return "another process has held it for long"
    if any(sign in said for sign in ("readonly", "unable to open", "full", "Permission denied", "No space left")):
        return "make room there and let it be written, or set RAGKIT_HOME to another folder"
    if any(sign in said for sign in ("malformed", "not a database", "disk image", "unsupported file format")):
        return (
            "the file is damaged: put back a copy of it, or move it away with its -wal and -shm files to begin a new "
            "store; `sqlite3 FILE .recover` may still read the old one"
        )
    return None


def _check(connection: sqlite3.Connection, path: Path, *, read_only: bool) -> None:
    if _pragma(connection, "user_version") == 0:
        connection.execute("BEGIN IMMEDIATE")  # of several processes that find no tables, one makes them
        try:
            if _pragma(connection, "user_version") == 0:
                if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                    raise TraceError(f"{path} is an SQLite file, but not a trace store", hint="move it away")
                for statement in filter(str.strip, _TABLES.split(";")):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version={VERSION}")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
    if _pragma(connection, "application_id") != APPLICATION_ID:
        raise TraceError(f"{path} is an SQLite file, but not a trace store", hint="move it away")
    found = _pragma(connection, "user_version")
    if found > VERSION:
        raise TraceError(
            f"the trace store {path} has schema version {found}, and this ragkit reads up to {VERSION}",
            hint="use the later ragkit that wrote it, or move the file away to begin a new store",
        )
    if found < VERSION and not read_only:
        connection.execute(f"PRAGMA user_version={VERSION}")


def _to_wal(connection: sqlite3.Connection) -> str:
    """Switches the journal; SQLite does not wait for other processes here, so this does."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            return str(connection.execute("PRAGMA journal_mode=WAL").fetchone()[0])
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _holds(text: str | None, part: str) -> bool:
    """``part`` (case-folded) is in ``text``; SQLite's own LIKE knows only ASCII letters."""
    return text is not None and part in text.casefold()
