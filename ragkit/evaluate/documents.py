"""The documents of an index, each with its place among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from ragkit.corpus.reader import Reader


@dataclass(frozen=True, slots=True)
class IndexedDocument:
    """One document: ``count`` passages from number ``first`` are its own."""

    id: str
    title: str
    text: str
    first: int
    count: int


class Documents:
    """The documents of an index in its order, found by id or by the number of a passage.

    Args:
        reader: The index. It is walked through once; texts are read when they are asked for.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.corpus = reader.name
        self.ids: list[str] = []
        self._numbers: dict[str, int] = {}
        passage = 0
        firsts: list[int] = []
        while passage < reader.count:
            id = reader.passages([passage])[0].doc_id
            self._numbers[id] = len(self.ids)
            self.ids.append(id)
            firsts.append(passage)
            passage += int(reader.document(id)["count"])
        self._firsts = np.array(firsts, dtype=np.int64)

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, number: int) -> IndexedDocument:
        found = self._reader.document(self.ids[number])
        first, count = int(self._firsts[number]), int(found["count"])
        return IndexedDocument(self.ids[number], str(found["title"]), str(found["text"]), first, count)

    def number(self, id: str) -> int | None:
        """A document's place; None where there is no such document."""
        return self._numbers.get(id)

    def get(self, id: str) -> IndexedDocument | None:
        """A document by its id; None where there is none."""
        number = self._numbers.get(id)
        return None if number is None else self[number]

    def nearest(self, text: str, most: int) -> list[IndexedDocument]:
        """The documents that share most words with a text, best first."""
        hits = self._reader.bm25([text], 4 * most)[0]
        return [self[number] for number in self.ranking(hits.indices)[:most]]

    def of_passage(self, passage: int) -> int:
        """The number of the document that a passage is from."""
        return int(np.searchsorted(self._firsts, passage, side="right")) - 1

    def ranking(self, passages: Sequence[int] | npt.NDArray[np.int64]) -> list[int]:
        """Documents in the order of their best passages, each once."""
        owners = np.searchsorted(self._firsts, np.asarray(passages), side="right") - 1
        return list(dict.fromkeys(owners.tolist()))
