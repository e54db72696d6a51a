"""What the process remembers: documents by title, with the passages of them that were used."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ragkit.types import Passage


@dataclass(slots=True)
class _Entry:
    """One document: the vector of its title, and its passages by id."""

    vector: Any
    passages: dict[str, Passage] = field(default_factory=dict)


class Kept(NamedTuple):
    """What storing came to: new documents, new passages, documents that had to go, and how many there are now."""

    documents: int
    passages: int
    forgotten: int
    size: int


class Store:
    """Documents that were read, the one used longest ago first. Safe to use from several threads."""

    def __init__(self) -> None:
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._lock = threading.Lock()

    def missing(self, names: Sequence[str]) -> list[str]:
        """Which of these documents are not there."""
        with self._lock:
            return [name for name in dict.fromkeys(names) if name not in self._entries]

    def keep(self, passages: Sequence[Passage], vectors: dict[str, Any], most: int) -> Kept:
        """Stores passages under their documents; of more than ``most`` documents those used longest ago go.

        Args:
            passages: The passages, without scores.
            vectors: The vector of the title of each document that may be missing.
            most: How many documents may be kept.
        """
        with self._lock:
            before, new = set(self._entries), 0
            for passage in passages:
                entry = self._entries.get(passage.doc_id)
                if entry is None:
                    if passage.doc_id not in vectors:  # another thread let it go after it was looked for
                        continue
                    entry = self._entries[passage.doc_id] = _Entry(vectors[passage.doc_id])
                new += passage.id not in entry.passages
                entry.passages[passage.id] = passage
                self._entries.move_to_end(passage.doc_id)
            added = len(self._entries.keys() - before)
            forgotten = max(0, len(self._entries) - most)
            for _ in range(forgotten):
                self._entries.popitem(last=False)
            return Kept(added, new, forgotten, len(self._entries))

    def like(self, vector: Any, at_least: float) -> list[tuple[float, list[Passage]]]:
        """The documents whose title has at least this cosine with a vector, best first: cosine and passages."""
        import numpy as np

        with self._lock:
            names = list(self._entries)
            if not names:
                return []
            cosines = np.stack([self._entries[name].vector for name in names]) @ vector
            found = [(float(c), name) for c, name in zip(cosines, names, strict=True) if c >= at_least]
            found.sort(key=lambda pair: -pair[0])
            for _, name in reversed(found):
                self._entries.move_to_end(name)  # what is used is forgotten last
            return [(cosine, list(self._entries[name].passages.values())) for cosine, name in found]

    def __len__(self) -> int:
        with self._lock:
            return len(self._entries)


_STORES: dict[tuple[str, str], tuple[tuple[str, str], Store]] = {}
_LOCK = threading.Lock()


def store_of(name: str, reader: Any) -> Store:
    """The process's store of this name over a corpus; a new one where the index or its encoder has changed since.

    Args:
        name: The name that the steps give it.
        reader: The corpus's reader.
    """
    key, state = (name, str(reader.name)), (str(reader.version), str(reader.encoder_identity))
    with _LOCK:
        known = _STORES.get(key)
        if known is None or known[0] != state:
            known = _STORES[key] = (state, Store())
        return known[1]


def forget() -> None:
    """Empties every store of the process."""
    with _LOCK:
        _STORES.clear()
