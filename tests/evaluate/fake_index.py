"""A corpus in memory with documents of one passage each, for tests of question sets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ragkit.errors import UsageError
from tests.components.fake_corpus import FakeReader, encode, words


class FakeIndex(FakeReader):
    """``documents`` are (id, title, sentences)."""

    version = "000001-fake"

    def __init__(self, documents: Iterable[tuple[str, str, Sequence[str]]]) -> None:
        listed = list(documents)
        super().__init__({id: sentences for id, _, sentences in listed})
        titles = {id: title for id, title, _ in listed}
        self.items = [replace(passage, title=titles[passage.doc_id]) for passage in self.items]
        self.rows = encode([f"{p.title} {p.text}" for p in self.items])
        self.bags = [words(f"{p.title} {p.text}") for p in self.items]
        self.manifest.encoder = {**self.manifest.encoder, "model": "counts words", "digest": "0" * 64, "dimensions": 64}
        self.manifest.documents = self.manifest.passages = len(self.items)

    def document(self, identity: str) -> Mapping[str, Any]:
        for number, passage in enumerate(self.items):
            if passage.doc_id == identity:
                return {"id": identity, "title": passage.title, "text": passage.text, "first": number, "count": 1}
        raise UsageError(f"no document has the id {identity!r}")
