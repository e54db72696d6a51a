"""A corpus of a few sentences in memory, with the interface of ``ragkit.corpus.Reader``; its encoder counts words."""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from ragkit.corpus.filters import compile_filter
from ragkit.corpus.index.ranking import Hits, best
from ragkit.errors import UsageError
from ragkit.types import Passage

DIMENSIONS = 64
MOST = 40


def words(text: str) -> list[str]:
    return [word.rstrip("s") for word in re.findall(r"\w+", text.lower())]


def encode(texts: Sequence[str]) -> np.ndarray:
    """One direction for each word, so that cosine grows with words in common; every text has some of direction 0."""
    vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    vectors[:, 0] = 1.0
    for row, text in zip(vectors, texts, strict=True):
        for word in words(text):
            row[1 + zlib.crc32(word.encode()) % (DIMENSIONS - 1)] += 1.0
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class FakeReader:
    """``calls`` counts what was asked of it."""

    name, version, method = "fake", "v1", "exact"
    dimensions, encoder_identity = DIMENSIONS, "counts words"
    encoder = "all-MiniLM-L6-v2 (its name only: this one counts words)"

    def __init__(self, documents: Mapping[str, Sequence[str]], metadata: Mapping[str, Mapping[str, Any]] | None = None):
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
            encoder={"max_tokens": MOST, "prompts": {"query": "", "passage": ""}},
            bm25={"stemmer": "english", "stopwords": "english"},
        )
        self.rows = encode([f"{p.title} {p.text}" for p in self.items])
        self.bags = [words(f"{p.title} {p.text}") for p in self.items]
        self.keys = {key for p in self.items for key in p.metadata}
        self.calls: list[str] = []

    def warm_up(self) -> None:
        self.calls.append("warm_up")

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.calls.append(f"encode {len(texts)}")
        return encode(texts)

    def _candidates(self, where: Mapping[str, Any] | None) -> np.ndarray | None:
        if not where:
            return None
        test = compile_filter(where, self.keys)
        return np.array([i for i, p in enumerate(self.items) if test(p.metadata)], dtype=np.int64)

    def dense(self, vectors: np.ndarray, k: int | None, where: Mapping[str, Any] | None = None) -> list[Hits]:
        return [best(vector @ self.rows.T, k, self._candidates(where)) for vector in vectors]

    def bm25(self, queries: Sequence[str], k: int | None, where: Mapping[str, Any] | None = None) -> list[Hits]:
        found = []
        allowed = self._candidates(where)
        for query in queries:
            scores = np.zeros(self.count, dtype=np.float32)
            for word in words(query):
                holding = [i for i, bag in enumerate(self.bags) if word in bag]
                for i in holding:
                    scores[i] += math.log(1 + self.count / len(holding))
            matching = np.flatnonzero(scores > 0)
            if allowed is not None:
                matching = np.intersect1d(matching, allowed)
            found.append(best(scores, k, matching))
        return found

    def passages(self, indices: Sequence[int]) -> list[Passage]:
        return [self.items[i] for i in indices]

    def passage(self, identity: str) -> Passage:
        return self.items[self.index_of(identity)]

    def index_of(self, identity: str) -> int:
        for number, passage in enumerate(self.items):
            if passage.id == identity:
                return number
        raise UsageError(f"no passage has the id {identity!r}")

    def vectors(self, indices: Sequence[int]) -> np.ndarray:
        self.calls.append(f"vectors {len(indices)}")
        return self.rows[np.asarray(indices)]

    def sentences(self, index: int) -> tuple[list[tuple[int, int]], np.ndarray | None]:
        text, spans = self.items[index].text, self.spans[index]
        return spans, encode([text[start:end] for start, end in spans])

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(words(text)) for text in texts]


class FakeScope:
    """What the engine hands a step: here always the same corpus."""

    def __init__(self, reader: Any) -> None:
        self.reader = reader

    def corpus(self) -> Any:
        return self.reader

    def lm(self) -> None:
        return None


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
YEARS = {"adaptive-k": {"year": 2025}, "bm25": {"year": 2009}, "modular-rag": {"year": 2024}, "hnsw": {"year": 2016}}


def notes() -> FakeReader:
    """Five short notes; all but one have a year."""
    return FakeReader(NOTES, YEARS)
