"""A corpus of a few documents in memory, with the interface of ``ragkit.corpus.reader.Reader``."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt

from ragkit.corpus.filters import compile_filter
from ragkit.corpus.index.exact import Near
from ragkit.corpus.index.ranking import Hits, best
from ragkit.corpus.index.titles import Mention, Titles
from ragkit.errors import UsageError
from ragkit.testing.word_encoder import DIMENSIONS, encode, words
from ragkit.types import Passage

MOST_TOKENS = 40
NOTES = {
    "adaptive-k": [
        "Adaptive-k chooses the number of passages for each question.",
        "It cuts the ranked list at the largest gap between neighbouring scores.",
        "A buffer of five passages is added for safety.",
    ],
    "bm25": [
        "BM25 ranks passages by the words they share with the question.",
        "Rare words count more than common ones.",
    ],
    "modular-rag": [
        "Modular RAG describes four flow patterns for retrieval.",
        "They are called linear, conditional, branching and looping.",
    ],
    "hnsw": ["A graph of neighbours finds the nearest vectors in logarithmic time."],
    "caching": ["A semantic cache answers a question that was asked before in other words."],
}
"""Five short documents, as lists of sentences."""
YEARS = {"adaptive-k": {"year": 2025}, "bm25": {"year": 2009}, "modular-rag": {"year": 2024}, "hnsw": {"year": 2016}}
"""Metadata of ``NOTES``; one document has none."""


class FakeReader:
    """Every document is one passage; its encoder counts words (``word_encoder``).

    ``calls`` tells what was asked of it, in order: ``encode 2``, ``vectors 5``, ``warm_up``.

    Args:
        documents: For each document id its sentences; by default ``NOTES``.
        metadata: For each document id its metadata.
    """

    name, version, method = "fake", "v1", "exact"
    dimensions, encoder_identity = DIMENSIONS, "counts words"
    encoder = "all-MiniLM-L6-v2 (its name only: this one counts words)"

    def __init__(
        self,
        documents: Mapping[str, Sequence[str]] | None = None,
        metadata: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        if documents is None:
            documents, metadata = NOTES, YEARS
        self.items: list[Passage] = []
        self.spans: list[list[tuple[int, int]]] = []
        for doc, sentences in documents.items():
            text, spans = "", []
            for sentence in sentences:
                start = len(text) + bool(text)
                text = f"{text} {sentence}".strip()
                spans.append((start, start + len(sentence)))
            about = (metadata or {}).get(doc, {})
            size = len(words(f"{doc.title()}\n{text}"))
            self.items.append(
                Passage(f"{doc}#0", doc, doc.title(), text, tokens=size, start=0, end=len(text), metadata=about)
            )
            self.spans.append(spans)
        self.count = len(self.items)
        self.manifest = SimpleNamespace(
            encoder={"max_tokens": MOST_TOKENS, "prompts": {"query": "", "passage": ""}},
            bm25={"stemmer": "english", "stopwords": "english"},
        )
        self.rows = encode([f"{p.title} {p.text}" for p in self.items])
        self.bags = [words(f"{p.title} {p.text}") for p in self.items]
        self.keys = {key for p in self.items for key in p.metadata}
        self.titles = Titles((p.doc_id, p.title) for p in self.items)
        self.calls: list[str] = []

    def warm_up(self) -> None:
        """Nothing is loaded."""
        self.calls.append("warm_up")

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Vectors of texts."""
        self.calls.append(f"encode {len(texts)}")
        return encode(texts)

    def dense(
        self, vectors: npt.NDArray[np.float32], k: int | None, where: Mapping[str, Any] | None = None
    ) -> list[Hits]:
        """The best ``k`` passages by cosine for each vector."""
        return [near.hits for near in self.dense_and_cosines(vectors, k, where)]

    def dense_and_cosines(
        self, vectors: npt.NDArray[np.float32], k: int | None, where: Mapping[str, Any] | None = None
    ) -> Iterator[Near]:
        """What ``dense`` finds, vector by vector; behind a filter without the cosines of all passages."""
        for vector in vectors:
            cosines = vector @ self.rows.T
            yield Near(best(cosines, k, self._candidates(where)), None if where else cosines)

    def bm25(self, queries: Sequence[str], k: int | None, where: Mapping[str, Any] | None = None) -> list[Hits]:
        """The best ``k`` passages by words in common, rare ones counting more, for each query."""
        return [self.bm25_and_scores(query, k, where)[0] for query in queries]

    def bm25_and_scores(
        self, query: str, k: int | None, where: Mapping[str, Any] | None = None
    ) -> tuple[Hits, npt.NDArray[np.float32]]:
        """What ``bm25`` finds for one query, and the score of every passage."""
        scores = self.bm25_scores(query, np.arange(self.count))
        matching = np.flatnonzero(scores > 0)
        allowed = self._candidates(where)
        if allowed is not None:
            matching = np.intersect1d(matching, allowed)
        return best(scores, k, matching), scores

    def bm25_scores(self, query: str, indices: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """The score of these passages by words in common."""
        scores = np.zeros(self.count, dtype=np.float32)
        for word in words(query):
            holding = [i for i, bag in enumerate(self.bags) if word in bag]
            for i in holding:
                scores[i] += math.log(1 + self.count / len(holding))
        return scores[indices]

    def passages(self, indices: Sequence[int]) -> list[Passage]:
        """Passages by their places."""
        return [self.items[i] for i in indices]

    def passage(self, identity: str) -> Passage:
        """A passage by its id."""
        return self.items[self.index_of(identity)]

    def index_of(self, identity: str) -> int:
        """The place of a passage.

        Raises:
            UsageError: No passage has this id.
        """
        for number, passage in enumerate(self.items):
            if passage.id == identity:
                return number
        raise UsageError(f"no passage has the id {identity!r}")

    def document(self, identity: str) -> Mapping[str, Any]:
        """A document, and its passages: ``count`` numbers from ``first``.

        Raises:
            UsageError: No document has this id.
        """
        for number, passage in enumerate(self.items):
            if passage.doc_id == identity:
                return {"id": identity, "title": passage.title, "text": passage.text, "first": number, "count": 1}
        raise UsageError(f"no document has the id {identity!r}")

    def mentions(self, texts: Sequence[str]) -> list[list[Mention]]:
        """The titles of documents that each text mentions."""
        return [self.titles.mentioned(text) for text in texts]

    def passage_counts(self, texts: Sequence[str]) -> list[int]:
        """In how many passages all the words of each text stand."""
        return [sum(bool(words(text)) and set(words(text)) <= set(bag) for bag in self.bags) for text in texts]

    def vectors(self, indices: Sequence[int]) -> npt.NDArray[np.float32]:
        """The vectors of passages by their places."""
        self.calls.append(f"vectors {len(indices)}")
        found: npt.NDArray[np.float32] = self.rows[np.asarray(indices)]
        return found

    def sentences(self, index: int) -> tuple[list[tuple[int, int]], npt.NDArray[np.float32] | None]:
        """Where the sentences of a passage are, and their vectors."""
        text, spans = self.items[index].text, self.spans[index]
        return spans, encode([text[start:end] for start, end in spans])

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many words each text has."""
        return [len(words(text)) for text in texts]

    def word_pieces(self, words: Sequence[str]) -> list[tuple[int, float]]:
        """Every five letters are a piece, and long words are rare."""
        return [(math.ceil(len(word) / 5), min(len(word) / 20, 1.0)) for word in words]

    def _candidates(self, where: Mapping[str, Any] | None) -> npt.NDArray[np.int64] | None:
        if not where:
            return None
        test = compile_filter(where, self.keys)
        return np.array([i for i, p in enumerate(self.items) if test(p.metadata)], dtype=np.int64)
