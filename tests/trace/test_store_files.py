"""The file of the store: gone, of another version, foreign, damaged, or not to be written."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import orjson
import pytest

from ragkit.errors import TraceError
from ragkit.trace import schema
from ragkit.trace.store import TraceStore

from .samples import adaptive_run, usual_run


def test_a_store_whose_file_was_deleted_begins_a_new_one(store: TraceStore) -> None:
    store.commit(adaptive_run())
    for file in store.path.parent.iterdir():
        file.unlink()
    trace = adaptive_run()
    store.commit(trace)
    with TraceStore(store.path) as other:
        assert other.get(trace.id).trace.result["passages"][0]["text"].startswith("Passage 0")


def test_a_store_that_may_not_be_written_is_read(store: TraceStore, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = adaptive_run()
    store.commit(trace)
    store.close()
    monkeypatch.setattr("os.access", lambda path, mode: mode != os.W_OK)
    files = sorted(store.path.parent.iterdir())
    with TraceStore(store.path) as other:
        assert [row.id for row in other.list()] == [trace.id]
        assert other.get("last").trace.id == trace.id
        with pytest.raises(TraceError, match="readonly") as raised:
            other.commit(adaptive_run())
    assert "RAGKIT_HOME" in (raised.value.hint or "")
    assert sorted(store.path.parent.iterdir()) == files


def test_a_store_of_a_later_version_is_refused(store: TraceStore) -> None:
    store.commit(adaptive_run())
    store.close()
    with sqlite3.connect(store.path) as connection:
        connection.execute(f"PRAGMA user_version={schema.VERSION + 1}")
    with pytest.raises(TraceError, match=f"schema version {schema.VERSION + 1}, and this ragkit reads up to"):
        store.list()


def test_a_store_of_an_earlier_version_goes_on_and_its_traces_are_told_as_too_old(store: TraceStore) -> None:
    old, new = adaptive_run(), usual_run()
    store.commit(old)
    store.close()
    with sqlite3.connect(store.path) as connection:
        (body,) = connection.execute("SELECT document FROM traces").fetchone()
        document = orjson.loads(body)
        del document["root"]["said"]
        connection.execute("UPDATE traces SET document = ?", (orjson.dumps(document),))
        connection.execute("PRAGMA user_version=1")
    with TraceStore(store.path) as again:
        again.commit(new)
        assert {row.id for row in again.list()} == {old.id, new.id}
        assert again.get(new.id).trace.id == new.id
        with pytest.raises(TraceError, match="stored by an earlier ragkit") as told:
            again.get(old.id)
    assert told.value.hint is not None and "ask again" in told.value.hint
    with sqlite3.connect(store.path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)


def test_other_files_are_refused_and_left_as_they_are(tmp_path: Path) -> None:
    text = tmp_path / "notes.db"
    text.write_text("not a database, but long enough to be read as the head of one" * 20)
    with pytest.raises(TraceError, match="file is not a database"):
        TraceStore(text).list()
    foreign = tmp_path / "foreign.db"
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    before = foreign.read_bytes()
    with pytest.raises(TraceError, match="not a trace store"):
        TraceStore(foreign).commit(adaptive_run())
    assert foreign.read_bytes() == before


def test_a_damaged_document_is_a_trace_error(store: TraceStore) -> None:
    trace = adaptive_run()
    store.commit(trace)
    for document in (b"{", b"[]", orjson.dumps({"root": {}, "contents": [], "passages": [], "lists": []})):
        with sqlite3.connect(store.path) as connection:
            connection.execute("UPDATE traces SET document = ?", (document,))
        with pytest.raises(TraceError, match="damaged") as error:
            store.get(trace.id)
        assert "ask again" in str(error.value.hint)


def test_a_file_that_is_damaged_says_how_to_begin_a_new_one(store: TraceStore) -> None:
    store.commit(adaptive_run())
    store.close()
    whole = store.path.read_bytes()
    for beside in ("-wal", "-shm"):
        store.path.with_name(store.path.name + beside).unlink(missing_ok=True)
    for damage in (whole[:16] + bytes(200) + b"\xff" * 3_000 + whole[3_216:], b"no database at all" * 400):
        store.path.write_bytes(damage)
        with pytest.raises(TraceError, match="cannot be used") as error:
            TraceStore(store.path).list()
        assert "move it away" in str(error.value.hint)


def test_a_folder_that_cannot_be_written_is_a_trace_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(TraceError, match="cannot be used"):
        TraceStore(blocked / "traces.db").begin(adaptive_run())
