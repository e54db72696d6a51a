"""A fake corpus whose documents are cut by a real chunker: several linked passages to a document, with sections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ragkit.corpus.chunks.chunker import Chunker
from ragkit.corpus.chunks.sentences import SentencesChunker
from ragkit.corpus.documents import Document, passage_text
from ragkit.errors import UsageError
from ragkit.types import Passage
from tests.components.fake_corpus import NOTES, YEARS, FakeReader, encode, words


class ChunkedReader(FakeReader):
    """The passages that a chunker makes of documents; tokens are words."""

    def __init__(self, documents: Sequence[Document], chunker: Chunker, limit: int = 1000) -> None:
        super().__init__({})
        self.documents: dict[str, dict[str, Any]] = {}
        for document in documents:
            first = len(self.items)
            for chunk in chunker.chunks(document, self.count_tokens, limit):
                tokens = self.count_tokens([passage_text(chunk.title, chunk.text)])[0]
                self.items.append(
                    Passage(
                        chunk.id, chunk.doc_id, chunk.title, chunk.text, tokens=tokens, start=chunk.start,
                        end=chunk.end, ordinal=chunk.ordinal, parent=chunk.parent, previous=chunk.previous,
                        next=chunk.next, metadata=chunk.metadata,
                    )
                )  # fmt: skip
                self.spans.append(list(chunk.sentences))
            self.documents[document.id] = {
                "id": document.id, "title": document.title, "text": document.text, "metadata": document.metadata,
                "source": document.source, "first": first, "count": len(self.items) - first,
            }  # fmt: skip
        self.count = len(self.items)
        self.rows = encode([passage_text(p.title, p.text) for p in self.items])
        self.bags = [words(passage_text(p.title, p.text)) for p in self.items]
        self.keys = {key for p in self.items for key in p.metadata}

    def document(self, identity: str) -> dict[str, Any]:
        if identity not in self.documents:
            raise UsageError(f"no document has the id {identity!r}")
        return self.documents[identity]


def note_documents() -> list[Document]:
    return [Document(name, name.title(), " ".join(text), YEARS.get(name, {})) for name, text in NOTES.items()]


def sentence_notes() -> ChunkedReader:
    """The five notes, a sentence to a passage."""
    return ChunkedReader(note_documents(), SentencesChunker(kind="sentences", max_tokens=16), limit=16)
