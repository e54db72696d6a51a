"""The reader of one published version: what components search."""

from __future__ import annotations

import json
import threading
import weakref
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ragkit.corpus.encoder.encoder import Encoder
from ragkit.corpus.encoder.vectors import Vectors
from ragkit.corpus.index.chroma import ChromaStore
from ragkit.corpus.index.config import ChromaConfig, ChromaServerConfig
from ragkit.corpus.index.exact import Near
from ragkit.corpus.index.in_use import InUse
from ragkit.corpus.index.manifest import Manifest
from ragkit.corpus.index.ranking import Hits, best
from ragkit.corpus.index.titles import Mention
from ragkit.corpus.index.version import OpenVersion
from ragkit.corpus.index.writing import CHROMA
from ragkit.errors import UsageError
from ragkit.types import Passage

_QUESTIONS_KEPT = 4096
_FILTERS_KEPT = 64


class Reader:
    """Searches one version of an index. It never changes, and may be used from several threads.

    While a reader lives its version is not deleted. Made by ``Corpus.reader``.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        manifest: Manifest,
        encoder: Encoder,
        store: ChromaConfig | ChromaServerConfig,
        mark: InUse,
    ) -> None:
        self.name = name
        self.manifest = manifest
        self.version = manifest.version
        self.count = manifest.passages
        self._encoder = encoder
        self._config = store
        self._open = OpenVersion(folder, manifest)
        self._lock = threading.Lock()
        self._chroma: ChromaStore | None = None
        self._questions: OrderedDict[str, Vectors] = OrderedDict()
        self._filters: OrderedDict[str, npt.NDArray[np.int64]] = OrderedDict()
        weakref.finalize(self, mark.close)

    @property
    def encoder(self) -> str:
        """The name of the encoder."""
        return self._encoder.name

    @property
    def encoder_identity(self) -> str:
        """The digest of the encoder's weights and settings."""
        return str(self.manifest.encoder["identity"])

    @property
    def dimensions(self) -> int:
        """The length of a vector."""
        return int(self.manifest.encoder["dimensions"])

    @property
    def method(self) -> str:
        """How dense search answers: ``exact``, or Chroma with its ``ef_search`` and its measured recall.

        With ``k`` of None, and behind a filter that leaves at most ``exact_up_to`` passages, it is always exact.
        """
        if self._is_exact(self.count):
            return "exact"
        return f"chroma (ef_search {self._config.ef_search}, recall@10 {self.manifest.recall})"

    def warm_up(self) -> None:
        """Loads the encoder, so that the first question does not wait for it."""
        self._encoder.warm_up()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Questions as normalised vectors, ``float32 [len(texts), dimensions]``; recent ones are remembered."""
        with self._lock:
            known = {text: self._questions[text] for text in texts if text in self._questions}
        new = list(dict.fromkeys(text for text in texts if text not in known))
        if new:
            known.update(zip(new, self._encoder.encode_queries(new), strict=True))
        with self._lock:
            for text in texts:
                self._questions[text] = known[text]
                self._questions.move_to_end(text)
            while len(self._questions) > _QUESTIONS_KEPT:
                self._questions.popitem(last=False)
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        return np.stack([known[text] for text in texts])

    def dense(self, vectors: Vectors, k: int | None, where: Mapping[str, Any] | None = None) -> list[Hits]:
        """The passages nearest to each vector, best first, scored by cosine; ties by index.

        Args:
            vectors: Normalised, ``float32 [q, dimensions]``.
            k: How many; None for all, exactly.
            where: A metadata filter (``ragkit.corpus.filters``).

        Raises:
            UsageError: The filter is wrong, or the vectors have another length than the index's.
        """
        return [near.hits for near in self.dense_and_cosines(vectors, k, where)]

    def dense_and_cosines(
        self, vectors: Vectors, k: int | None, where: Mapping[str, Any] | None = None
    ) -> Iterator[Near]:
        """What ``dense`` finds, vector by vector, with the cosine of every passage where the search came by it."""
        if vectors.ndim != 2 or vectors.shape[1] != self.dimensions:
            raise UsageError(f"vectors of shape {vectors.shape} given, the index holds {self.dimensions} dimensions")
        candidates = self._candidates(where)
        many = self.count if candidates is None else len(candidates)
        if k is None or k >= many or self._is_exact(many):
            return self._open.vectors.search_each(vectors, k, candidates)
        return (Near(self._by_chroma(vector, k, candidates), None) for vector in vectors)

    def bm25(self, queries: Sequence[str], k: int | None, where: Mapping[str, Any] | None = None) -> list[Hits]:
        """The passages that share a word with each query, best first, scored by BM25; ties by index."""
        return self._open.keywords.search(queries, k, self._candidates(where))

    def bm25_and_scores(
        self, query: str, k: int | None, where: Mapping[str, Any] | None = None
    ) -> tuple[Hits, npt.NDArray[np.float32]]:
        """What ``bm25`` finds for one query, and the score of every passage, ``float32 [count]``."""
        return self._open.keywords.search_one(query, k, self._candidates(where))

    def bm25_scores(self, query: str, indices: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """The BM25 score of these passages for a query, ``float32 [len(indices)]``; 0 for no word in common."""
        return self._open.keywords.scores(query)[indices]

    def passages(self, indices: Sequence[int] | npt.NDArray[np.int64]) -> list[Passage]:
        """Passages by number, without scores."""
        numbers = indices.tolist() if isinstance(indices, np.ndarray) else indices
        return [self._open.texts.passage(number) for number in numbers]

    def passage(self, identity: str) -> Passage:
        """A passage by its id.

        Raises:
            UsageError: There is none.
        """
        return self._open.texts.passage(self.index_of(identity))

    def index_of(self, identity: str) -> int:
        """The number of a passage.

        Raises:
            UsageError: No passage has this id.
        """
        number = self._open.texts.number(identity)
        if number is None:
            raise UsageError(f"no passage of corpus {self.name!r} has the id {identity!r} (version {self.version})")
        return number

    def document(self, identity: str) -> Mapping[str, Any]:
        """A document: ``id, title, text, metadata, source``, and its passages: ``count`` numbers from ``first``.

        Raises:
            UsageError: No document has this id.
        """
        found = self._open.texts.document(identity)
        if found is None:
            raise UsageError(f"no document of corpus {self.name!r} has the id {identity!r} (version {self.version})")
        return found

    def documents(self) -> Iterator[Mapping[str, Any]]:
        """Every document as ``document`` gives it, in the order in which they were read."""
        return self._open.texts.documents()

    def mentions(self, texts: Sequence[str]) -> list[list[Mention]]:
        """The titles of documents that each text mentions; the first call reads every title of the corpus."""
        titles = self._open.texts.titles
        return [titles.mentioned(text) for text in texts]

    def passage_counts(self, texts: Sequence[str]) -> list[int]:
        """In how many passages all the words of each text stand, in any order; 0 for a text without words."""
        return [self._open.keywords.holding(text) for text in texts]

    def vectors(self, indices: Sequence[int] | npt.NDArray[np.int64]) -> Vectors:
        """The vectors of passages, ``float32 [len(indices), dimensions]``."""
        return self._open.vectors.rows[np.asarray(indices, dtype=np.int64)]

    def sentences(self, index: int) -> tuple[list[tuple[int, int]], Vectors | None]:
        """A passage's sentences: offsets in its text, and vectors ``float32 [m, dimensions]`` where they were made."""
        return self._open.sentences.of(index)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The tokens of each text as the corpus's encoder counts them, special tokens left out."""
        return self._encoder.count_tokens(texts)

    def word_pieces(self, words: Sequence[str]) -> list[tuple[int, float]]:
        """How many pieces the encoder's tokenizer cuts each word into, and how rare it is, from 0 to 1."""
        return self._encoder.count_tokens.pieces(words)

    def _is_exact(self, candidates: int) -> bool:
        return candidates <= int(self.manifest.store["exact_up_to"])

    def _candidates(self, where: Mapping[str, Any] | None) -> npt.NDArray[np.int64] | None:
        if not where:
            return None
        key = json.dumps(where, sort_keys=True)
        with self._lock:
            found = self._filters.get(key)
        if found is None:
            found = self._open.texts.matching(where)
            with self._lock:
                self._filters[key] = found
                if len(self._filters) > _FILTERS_KEPT:
                    self._filters.popitem(last=False)
        return found

    def _by_chroma(self, vector: Vectors, k: int, candidates: npt.NDArray[np.int64] | None) -> Hits:
        """What Chroma's graph finds, scored again from the float32 file; behind a filter it is asked for more."""
        wanted = k
        while True:
            ids, _ = self._store().search(vector[None, :], min(wanted, self.count))[0]
            numbers = np.array(sorted(self.index_of(identity) for identity in ids), dtype=np.int64)
            kept = numbers if candidates is None else np.intersect1d(numbers, candidates, assume_unique=True)
            if len(kept) >= k or wanted >= self.count:
                hits = best(self._open.vectors.rows[kept] @ vector, k)
                return Hits(kept[hits.indices], hits.scores)
            wanted *= 4

    def _store(self) -> ChromaStore:
        with self._lock:
            if self._chroma is None:
                chroma = ChromaStore(self._config, self._open.folder / CHROMA, self.manifest.collection)
                chroma.open(f"ragkit index {self.name} --force")
                weakref.finalize(self, chroma.close)
                self._chroma = chroma
            return self._chroma
