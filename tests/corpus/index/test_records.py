"""Files of records."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.corpus.index import records
from ragkit.corpus.index.records import RecordStore, RecordWriter, spread

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=6,
)


def write(folder: Path, found: list[dict[str, Any]]) -> RecordStore:
    with RecordWriter(folder, "notes") as writer:
        for number, record in enumerate(found):
            assert writer.add(record) == number
    return RecordStore(folder, "notes")


@given(st.lists(st.fixed_dictionaries({"id": st.text(st.characters(codec="utf-8")), "x": json_values}), max_size=8))
def test_records_come_back_as_they_were(tmp_path_factory: pytest.TempPathFactory, found: list[dict[str, Any]]) -> None:
    store = write(tmp_path_factory.mktemp("records"), found)
    assert len(store) == len(found)
    assert [store[i] for i in range(len(found))] == found
    for record in found:
        number = store.find(record["id"])
        assert number is not None
        assert found[number]["id"] == record["id"]
    with pytest.raises(IndexError):
        store[len(found)]


def test_an_id_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    store = write(tmp_path, [{"id": "a"}, {"id": "b"}])
    assert store.find("c") is None
    assert store.ids([1, 0]) == ["b", "a"]


def test_ids_with_the_same_hash_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "_hash", lambda identity: 7)
    store = write(tmp_path, [{"id": "a"}, {"id": "b"}, {"id": "c"}])
    assert [store.find(identity) for identity in "abcd"] == [0, 1, 2, None]


def test_threads_read_side_by_side(tmp_path: Path) -> None:
    found = [{"id": str(i), "text": "x" * (i % 50)} for i in range(500)]
    store = write(tmp_path, found)
    wrong: list[int] = []

    def read() -> None:
        wrong.extend(i for i in range(500) if store[i] != found[i] or store.find(str(i)) != i)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@given(st.integers(0, 1000), st.integers(1, 50))
def test_a_spread_reaches_from_the_first_to_the_last(count: int, wanted: int) -> None:
    found = list(spread(count, wanted))
    assert found == sorted(set(found))
    assert len(found) <= min(count, wanted)
    if count and wanted > 1:
        assert found[0] == 0
        assert found[-1] == count - 1
