"""The passages and documents of one version, each read when it is asked for."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ragkit.corpus.filters import compile_filter
from ragkit.corpus.index.arrays import mapped
from ragkit.corpus.index.records import RecordStore
from ragkit.corpus.index.titles import Titles
from ragkit.corpus.index.writing import ROWS
from ragkit.types import Passage

_KEPT = 20_000


class Texts:
    """Passages by number or id, documents by id, and the numbers of the passages that a filter leaves."""

    def __init__(self, folder: Path, metadata_keys: Sequence[str]) -> None:
        self._rows = mapped(folder / ROWS)
        self._passages = RecordStore(folder, "passages")
        self._documents = RecordStore(folder, "documents")
        self._metadata = RecordStore(folder, "metadata")
        self._keys = tuple(metadata_keys)
        self._kept: dict[int, Passage] = {}
        self._kinds: dict[int, Mapping[str, Any]] = {}

    def __len__(self) -> int:
        return len(self._passages)

    def passage(self, number: int) -> Passage:
        """One passage, without scores."""
        found = self._kept.get(number)
        if found is None:
            row = self._rows[number]
            record = self._passages[number]
            found = Passage(**record, tokens=int(row["tokens"]), metadata=self._kind(int(row["metadata"])))
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[number] = found
        return found

    def number(self, identity: str) -> int | None:
        """The number of the passage with this id."""
        return self._passages.find(identity)

    def ids(self, numbers: Sequence[int]) -> list[str]:
        """The ids of these passages."""
        return self._passages.ids(numbers)

    def document(self, identity: str) -> dict[str, Any] | None:
        """A document's record: id, title, text, metadata, source, and its passages' ``first`` number and ``count``."""
        row = self._documents.find(identity)
        return None if row is None else self._documents[row]

    def documents(self) -> Iterator[dict[str, Any]]:
        """Every document's record, in the order in which they were read."""
        return (self._documents[row] for row in range(len(self._documents)))

    @functools.cached_property
    def titles(self) -> Titles:
        """The titles of all documents, read at the first use: about 30 ms for a thousand documents."""
        records = (self._documents[row] for row in range(len(self._documents)))
        return Titles((str(record["id"]), str(record["title"])) for record in records)

    def matching(self, where: Mapping[str, Any]) -> npt.NDArray[np.int64]:
        """The numbers of the passages whose metadata the filter lets through, rising.

        Raises:
            UsageError: The filter is not one (see ``ragkit.corpus.filters``).
        """
        test = compile_filter(where, self._keys)
        passing = np.fromiter((test(self._kind(i)) for i in range(len(self._metadata))), bool, len(self._metadata))
        return np.flatnonzero(passing[self._rows["metadata"]])

    def _kind(self, number: int) -> Mapping[str, Any]:
        found = self._kinds.get(number)
        if found is None:
            found = self._kinds[number] = self._metadata[number]
        return found
