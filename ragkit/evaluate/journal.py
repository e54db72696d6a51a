"""The journal of a running evaluation: its rows as they come, so that a stop loses nothing that was finished.

The same evaluation (pipeline, overlay, data, corpus versions, settings) has the same journal, found by a hash of all
that. One process at a time writes it: an operating-system lock, which dies with its process. Rows are appended and
flushed to disk a portion at a time; a line that a kill cut short is dropped when the journal is opened again.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import orjson
from filelock import FileLock, Timeout

from ragkit.corpus.files import flush_folder, read_json, write_json
from ragkit.errors import EvaluationError
from ragkit.evaluate.row import Row, slim

FOLDER = ".running"
ROWS = "rows.jsonl"
HOLDER = "holder.json"


def digest_of(asked: Mapping[str, Any]) -> str:
    """The name of an evaluation's journal: 16 hex digits over all that was asked."""
    return hashlib.sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


class Journal:
    """The rows of one evaluation while it runs; to be entered as a context.

    Args:
        results: The folder of results (``<state>/results``).
        asked: What was asked: plain data, equal for evaluations that give the same rows.
        fresh: Forget what an earlier, stopped evaluation has finished.

    Raises:
        EvaluationError: On entering: another process runs this very evaluation.
    """

    def __init__(self, results: Path, asked: Mapping[str, Any], fresh: bool = False) -> None:
        self.name = digest_of(asked)
        self.folder = results / FOLDER / self.name
        self._asked = asked
        self._fresh = fresh
        self._lock = FileLock(str(self.folder.with_suffix(".lock")), thread_local=False)
        self._places: dict[str, tuple[int, int]] = {}
        self._end = 0
        self.rows: dict[str, Row] = {}

    def __enter__(self) -> Journal:
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise EvaluationError(
                f"this very evaluation is being run by {self._holder()}",
                hint="wait until it has ended: then its questions are not run again",
            ) from None
        try:
            if self._fresh:
                shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(exist_ok=True)
            write_json(self.folder / HOLDER, {"pid": os.getpid(), "host": socket.gethostname(), "since": time.time()})
            write_json(self.folder / "asked.json", self._asked)
            self._recover()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._lock.release()

    def add(self, rows: Iterable[Row]) -> None:
        """Appends rows and has them on disk when it returns. Of two rows with one id the later counts."""
        rows = list(rows)
        lines = [orjson.dumps(row, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE) for row in rows]
        with (self.folder / ROWS).open("ab") as file:
            file.write(b"".join(lines))
            file.flush()
            os.fsync(file.fileno())
        for row, line in zip(rows, lines, strict=True):
            self._note(row, len(line))

    def lines(self, ids: Iterable[str]) -> Iterator[bytes]:
        """The rows of these questions as they were written, each with its line end, in this order."""
        with (self.folder / ROWS).open("rb") as file:
            for id in ids:
                start, length = self._places[id]
                file.seek(start)
                yield file.read(length)

    def discard(self) -> None:
        """Removes the journal: its evaluation is finished and its rows are kept elsewhere.

        Its lock file stays, empty. Were it unlinked, a process that has opened it already and one that makes it anew
        would each hold a lock, on two files of one name, and write one journal.
        """
        shutil.rmtree(self.folder, ignore_errors=True)

    def _note(self, row: Row, length: int) -> None:
        self.rows[row["id"]] = slim(row)
        self._places[row["id"]] = (self._end, length)
        self._end += length

    def _recover(self) -> None:
        """Reads what a stopped evaluation has left, and cuts off what was not written to its end."""
        path = self.folder / ROWS
        if not path.exists():
            path.touch()
            flush_folder(self.folder)
            return
        with path.open("rb") as file:
            for line in file:
                row = _whole(line)
                if row is None:
                    break
                self._note(row, len(line))
        os.truncate(path, self._end)

    def _holder(self) -> str:
        found = read_json(self.folder / HOLDER)
        if not isinstance(found, dict):
            return "another process"
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(found["since"]))
        where = "" if found["host"] == socket.gethostname() else f" on {found['host']}"
        return f"process {found['pid']}{where} (since {since})"


def _whole(line: bytes) -> Row | None:
    if not line.endswith(b"\n"):
        return None
    try:
        row: Row = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None  # the disk kept only a part of what was written when the machine went down
    return row
