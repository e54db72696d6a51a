"""A file of JSON records that is opened in a millisecond: lines, where each begins, and a table of their ids."""

from __future__ import annotations

import hashlib
import json
import mmap
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from ragkit.corpus.index.arrays import mapped


class RecordWriter:
    """Writes ``<name>.jsonl``, ``<name>.offsets.npy`` and ``<name>.ids.npy``; a record can be found by its ``id``."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self._file = (folder / f"{name}.jsonl").open("wb")
        self._offsets = [0]
        self._hashes: list[int] = []

    def __enter__(self) -> RecordWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        if error is None:
            hashes = np.array(self._hashes, dtype=np.uint64)
            order = np.argsort(hashes, kind="stable")
            table = np.empty(len(hashes), dtype=_ENTRY)
            table["hash"], table["row"] = hashes[order], order
            np.save(self._folder / f"{self._name}.offsets.npy", np.array(self._offsets, dtype=np.int64))
            np.save(self._folder / f"{self._name}.ids.npy", table)

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def add(self, record: dict[str, Any]) -> int:
        """Writes one record and returns its number."""
        line = json.dumps(record, ensure_ascii=False).encode() + b"\n"
        self._file.write(line)
        self._offsets.append(self._offsets[-1] + len(line))
        self._hashes.append(_hash(str(record.get("id", ""))))
        return len(self) - 1


class RecordStore:
    """Reads what a ``RecordWriter`` wrote, each record when it is asked for. Safe to use from several threads."""

    def __init__(self, folder: Path, name: str) -> None:
        self._offsets = np.load(folder / f"{name}.offsets.npy")
        self._table = mapped(folder / f"{name}.ids.npy")
        with (folder / f"{name}.jsonl").open("rb") as file:
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if self._offsets[-1] else b""

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, row: int) -> dict[str, Any]:
        if not 0 <= row < len(self):
            raise IndexError(f"there is no record {row}, only {len(self)}")
        record: dict[str, Any] = json.loads(self._bytes[self._offsets[row] : self._offsets[row + 1]])
        return record

    def find(self, identity: str) -> int | None:
        """The number of the record with this id."""
        wanted = np.uint64(_hash(identity))
        hashes = self._table["hash"]
        at = int(np.searchsorted(hashes, wanted))
        while at < len(hashes) and hashes[at] == wanted:
            row = int(self._table["row"][at])
            if self[row]["id"] == identity:
                return row
            at += 1
        return None

    def ids(self, rows: Iterable[int]) -> list[str]:
        """The ids of these records."""
        return [self[row]["id"] for row in rows]


_ENTRY = np.dtype([("hash", np.uint64), ("row", np.int64)])


def _hash(identity: str) -> int:
    return int.from_bytes(hashlib.blake2b(identity.encode(), digest_size=8).digest(), "little")


def spread(count: int, wanted: int) -> Sequence[int]:
    """At most ``wanted`` numbers below ``count``, evenly spread, the first and the last among them."""
    steps = min(count, wanted)
    return sorted({round(step * (count - 1) / max(1, steps - 1)) for step in range(steps)})
