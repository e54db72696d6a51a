"""The trace store: one SQLite file for all runs of a project, safe for threads, processes and kills."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from itertools import chain, islice
from pathlib import Path
from types import TracebackType
from typing import Any

import orjson

from ragkit.errors import TraceError
from ragkit.trace import looking, lookup, owner, pruning
from ragkit.trace.decode import Decoder
from ragkit.trace.model import Trace
from ragkit.trace.pruning import Pruned
from ragkit.trace.record import Documents, from_document
from ragkit.trace.rows import COLUMNS, LIST_COLUMNS, WRITE, from_row, to_row
from ragkit.trace.schema import connect, what_mends
from ragkit.trace.stored import Feedback, StoredTrace, TraceRow
from ragkit.trace.values import ValueEncoder

_KNOWN_MOST = 100_000


class TraceStore:
    """All traces of a project.

    ``begin`` commits a run's start, so that a run which is killed leaves it; ``commit`` writes the whole run in one
    transaction and has it on disk when it returns (``ragkit.trace.schema.connect`` says what that survives). Passages
    are stored once each, however many runs retrieved them. Any number of threads may share one store, any number of
    processes one file.

    Args:
        path: The SQLite file; made with its folder at the first use.
        content: False replaces texts by ``__REDACTED__`` (``Project.trace_content`` says what the person wants).
    """

    def __init__(self, path: Path, content: bool = True) -> None:
        self.path = Path(path)
        self.content = content
        self._lock = threading.RLock()
        self._open: sqlite3.Connection | None = None
        self._opened_as = (0, 0, 0)
        self._known: set[str] = set()
        self._version = -1
        self._owner = ""
        self._last_graph: tuple[Mapping[str, Any], str, bytes] | None = None

    def begin(self, *traces: Trace) -> None:
        """Commits the starts of runs: id, question, pipeline, conditions.

        Raises:
            TraceError: The store cannot be written.
        """
        self._write(traces, ended=False)

    def commit(self, trace: Trace) -> None:
        """Commits a finished run, whether it was begun here or not.

        Raises:
            TraceError: The store cannot be written.
        """
        self._write((trace,), ended=True)

    def commit_many(self, traces: Sequence[Trace]) -> None:
        """Commits the finished runs of a batch in one transaction.

        Raises:
            TraceError: The store cannot be written.
        """
        self._write(traces, ended=True)

    def annotate(
        self, id: str, name: str, *, label: str | None = None, score: float | None = None, comment: str | None = None
    ) -> None:
        """Adds a person's or a check's word on a run, for example ``annotate(id, "helpful", label="yes")``.

        Raises:
            TraceError: There is no such trace, or the store cannot be written.
        """
        with self._transaction() as connection:
            full = lookup.resolve(connection, id)
            connection.execute(
                "INSERT INTO feedback VALUES (?, ?, ?, ?, ?, ?)", (full, time.time_ns(), name, label, score, comment)
            )

    def get(self, id: str) -> StoredTrace:
        """One trace with everything in it.

        Args:
            id: The id, a beginning of it that no other has, or ``last`` for the run that started last.

        Raises:
            TraceError: There is none, there are several, or what is stored is damaged.
        """
        with self._transaction(write=False) as connection:
            full = lookup.resolve(connection, id)
            *row, graph, body = connection.execute(f"SELECT {COLUMNS} FROM traces WHERE id = ?", (full,)).fetchone()
            document = lookup.load(body, full)
            contents = lookup.contents(connection, [*document.get("contents", ()), *([graph] if graph else [])])
            said = connection.execute(
                "SELECT at, name, label, score, comment FROM feedback WHERE trace = ? ORDER BY at, rowid", (full,)
            ).fetchall()
        declared = Decoder({}).value(lookup.load(contents.pop(graph, b""), full)) if graph else None
        trace = from_document(document, contents, declared)
        return StoredTrace(trace, from_row(row), tuple(Feedback(*each) for each in said))

    def list(
        self,
        limit: int = 20,
        *,
        pipeline: str | None = None,
        since: datetime | None = None,
        failed: bool | None = None,
        query: str | None = None,
        at_least: float | None = None,
        feedback: str | None = None,
        decision: str | None = None,
        document: str | None = None,
    ) -> list[TraceRow]:
        """The latest runs, the last first.

        For ``decision`` and ``document`` the latest ``looking.LOOKED_INTO`` runs that fit the rest are looked into.

        Args:
            limit: The most rows.
            pipeline: Only runs of the pipeline of this name.
            since: Only runs that started at this time or later (a time without zone is local).
            failed: Only runs that failed (True) or that ended well (False).
            query: Only runs whose question or answer holds this text, in any case.
            at_least: Only runs that took so many seconds or more.
            feedback: Only runs of which a person last said this.
            decision: Only runs with a decision whose kind, label or reason holds this text, in any case.
            document: Only runs in which a step took or gave a passage of the document with this id.

        Raises:
            TraceError: The store cannot be read.
        """
        filters: dict[str, tuple[Any, ...]] = {"TRUE": ()}
        if pipeline is not None:
            filters["pipeline = ?"] = (pipeline,)
        if since is not None:
            filters["started >= ?"] = (int(since.timestamp() * 1e9),)
        if failed is not None:
            filters["error IS NOT NULL" if failed else "error IS NULL AND ended IS NOT NULL"] = ()
        if query is not None:
            filters["(holds(question, ?) OR holds(answer, ?))"] = (query.casefold(),) * 2
        if at_least is not None:
            filters["ended - started >= ?"] = (round(at_least * 1e9),)
        if feedback is not None:
            last = "SELECT label FROM feedback WHERE trace = traces.id AND name = 'feedback' ORDER BY at DESC LIMIT 1"
            filters[f"({last}) = ?"] = (feedback,)
        inside = decision is not None or document is not None
        columns = f"{LIST_COLUMNS}, document" if inside else LIST_COLUMNS
        where = " AND ".join(filters)
        sql = f"SELECT {columns} FROM traces WHERE {where} ORDER BY started DESC, rowid DESC LIMIT ?"
        values = (*chain(*filters.values()), looking.LOOKED_INTO if inside else limit)
        with self._transaction(write=False) as connection:
            if not inside:
                return [from_row(row) for row in connection.execute(sql, values)]
            tests = [] if decision is None else [looking.decided(decision)]
            tests += [] if document is None else [looking.met(connection, document)]
            fit = (row for *row, body in connection.execute(sql, values) if all(test(body) for test in tests))
            return [from_row(row) for row in islice(fit, limit)]

    def prune(self, *, keep: int | None = None, before: datetime | None = None, dry_run: bool = False) -> Pruned:
        """Removes old runs, what was said about them, and the contents that only they used; then the file shrinks.

        Given both limits, only runs go that neither keeps. A run that is not over stays. Other processes may go on
        reading and writing; they wait while contents are looked through and while the file is written anew, which takes
        its size again on the disk for so long. Killed at any moment, the store is whole, and pruning again goes on.

        Args:
            keep: How many of the latest runs stay.
            before: Only runs that started before this (a time without zone is local).
            dry_run: Remove nothing; say what would go.

        Raises:
            UsageError: Neither limit was given, or ``keep`` is negative.
            TraceError: The store cannot be written.
        """
        with self._transaction(write=False) as connection:
            plan = pruning.plan(connection, keep, before)
            use = pruning.look(connection, plan.ids)
        size = pruning.size(self.path)
        if dry_run:
            return plan.told(use.unused, size)
        for part in plan.parts():
            with self._transaction() as connection:
                pruning.remove(connection, part)
        with self._lock:
            with self._transaction() as connection:
                gone = pruning.sweep(connection, use)
            self._known = set()
            complaint = pruning.shrink(self._connection())
        return plan.told(gone, size, pruning.size(self.path), complaint)

    def close(self) -> None:
        """Closes the file; the next call opens it again."""
        with self._lock:
            if self._open is not None and self._opened_as[0] == os.getpid():
                self._open.close()
            self._open = None

    def __enter__(self) -> TraceStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _write(self, traces: Sequence[Trace], *, ended: bool) -> None:
        """Encodes outside the lock, so that threads wait only for the disk."""
        sink: dict[str, bytes] = {}
        process = self._owner or owner.this_process()
        documents = Documents(sink, content=self.content)
        rows = []
        for trace in traces:
            document = documents.document(trace)
            rows.append(to_row(trace, document, self._graph(trace.graph, sink), process, ended))
        with self._lock:
            with self._transaction() as connection:
                self._forget(connection)
                new = [(sha, body) for sha, body in sink.items() if sha not in self._known]
                connection.executemany("INSERT OR IGNORE INTO contents VALUES (?, ?)", new)
                connection.executemany(WRITE, rows)
            self._known.update(sink)

    def _forget(self, connection: sqlite3.Connection) -> None:
        """Forgets which contents are stored where another connection may have removed some, or where they are many."""
        version = connection.execute("PRAGMA data_version").fetchone()[0]
        if version != self._version or len(self._known) > _KNOWN_MOST:
            self._version, self._known = version, set()

    def _graph(self, graph: Mapping[str, Any] | None, sink: dict[str, bytes]) -> str | None:
        """The digest of a declared graph, stored like the contents of passages; all runs of a plan share one object."""
        if graph is None:
            return None
        last = self._last_graph
        if last is None or last[0] is not graph:
            body = orjson.dumps(ValueEncoder(strict=False).value(graph))
            last = self._last_graph = (graph, sha256(body).hexdigest(), body)
        sink[last[1]] = last[2]
        return last[1]

    @contextlib.contextmanager
    def _transaction(self, *, write: bool = True) -> Iterator[sqlite3.Connection]:
        """One transaction; it is immediate for writers, which then wait for each other instead of failing midway."""
        with self._lock:
            try:
                connection = self._connection()
                connection.execute("BEGIN IMMEDIATE" if write else "BEGIN")
                try:
                    yield connection
                except BaseException:
                    connection.execute("ROLLBACK")
                    raise
                connection.execute("COMMIT")
            except (sqlite3.Error, OSError) as error:
                raise TraceError(
                    f"the trace store {self.path} cannot be used: {error}", hint=what_mends(error)
                ) from error

    def _connection(self) -> sqlite3.Connection:
        """This process's connection to the file that is at the path now.

        One that a fork inherited must be neither used nor closed; one whose file was deleted would lose every run.
        """
        if self._open is not None and self._opened_as != self._identity():
            if self._opened_as[0] == os.getpid():
                self._open.close()
            else:
                _INHERITED.append(self._open)
            self._open = None
        if self._open is None:
            self._open = connect(self.path)
            self._opened_as, self._known, self._owner = self._identity(), set(), owner.this_process()
        return self._open

    def _identity(self) -> tuple[int, int, int]:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return (os.getpid(), -1, -1)
        return (os.getpid(), found.st_dev, found.st_ino)


_INHERITED: list[sqlite3.Connection] = []
