"""What every cache shares: its file, and whose connection it is."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from ragkit.cachefile import CacheFile
from ragkit.errors import RagkitError


class Notes(CacheFile):
    what = "the notes"
    schema = "CREATE TABLE IF NOT EXISTS notes (text TEXT)"

    def add(self, text: str) -> int:
        """Writes one down; the number of the connection that did."""
        with self._using() as connection:
            connection.execute("INSERT INTO notes VALUES (?)", (text,))
            return id(connection)

    def all(self) -> list[str]:
        with self._using() as connection:
            return [text for (text,) in connection.execute("SELECT text FROM notes ORDER BY rowid")]


def test_a_fork_has_a_connection_of_its_own_and_both_go_on(tmp_path: Path) -> None:
    notes = Notes(tmp_path / "new" / "notes.db")
    mine = notes.add("before")
    child = os.fork()
    if child == 0:  # nothing of pytest may run here
        try:
            os._exit(0 if notes.add("in the fork") != mine else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert notes.add("after") == mine
    assert notes.all() == ["before", "in the fork", "after"]
    notes.close()


def test_a_file_that_is_closed_or_no_database_is_told_with_its_name(tmp_path: Path) -> None:
    notes = Notes(tmp_path / "notes.db")
    notes.close()
    with pytest.raises(RagkitError, match=r"the notes .*notes.db cannot be used: .*closed"):
        notes.add("late")
    (tmp_path / "other.db").write_bytes(b"no database, and long enough to be seen as none" * 20)
    with pytest.raises(RagkitError, match=r"the notes .*other.db cannot be used") as raised:
        Notes(tmp_path / "other.db")
    assert isinstance(raised.value.__cause__, sqlite3.Error)
    assert "--no-cache" in (raised.value.hint or "")
