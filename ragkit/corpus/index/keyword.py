"""Keyword search: bm25s computes every score when the index is built, a question adds up the columns of its words.

The index is bm25s's own files (``bm25s.BM25.load`` reads them), opened as memory maps with numpy alone: importing bm25s
would cost a question a third of a second.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ragkit.corpus.files import write_json
from ragkit.corpus.index.arrays import mapped
from ragkit.corpus.index.config import Bm25Config
from ragkit.corpus.index.ranking import Hits, best
from ragkit.corpus.index.words import Words, stopword_list

_WORDS_FILE = "words.json"


def write_keywords(folder: Path, passages: Iterable[tuple[str, str]], config: Bm25Config) -> int:
    """Writes the index of these passages, each its title and its text, in their order; returns how many words it knows.

    A title that the text repeats is no title (see ``passage_text``).
    """
    import bm25s

    stopwords = stopword_list(config.stopwords)
    words = Words(config.stemmer, stopwords)
    vocabulary: dict[str, int] = {}
    rows = []
    for title, text in passages:
        found = words(text) if title == text else words(title) * config.title_weight + words(text)
        rows.append([vocabulary.setdefault(word, len(vocabulary)) for word in found])
    if not vocabulary:
        # bm25s cannot index nothing; one word that no question can hold stands for it.
        vocabulary[""] = 0
        rows[0] = [0]
    index = bm25s.BM25(k1=config.k1, b=config.b, method="lucene", dtype="float32", int_dtype="int32")
    index.index((rows, vocabulary), show_progress=False, leave_progress=False)
    index.save(folder, show_progress=False)
    write_json(folder / _WORDS_FILE, {"stemmer": config.stemmer, "stopwords": stopwords})
    return len(vocabulary)


class Keywords:
    """The keyword index of one version. Safe to use from several threads.

    Args:
        folder: What ``write_keywords`` wrote.
        count: How many passages there are.
    """

    def __init__(self, folder: Path, count: int) -> None:
        self._count = count
        self._data = mapped(folder / "data.csc.index.npy")
        self._rows = mapped(folder / "indices.csc.index.npy")
        self._columns = mapped(folder / "indptr.csc.index.npy")
        self._vocabulary: dict[str, int] = json.loads((folder / "vocab.index.json").read_bytes())
        settings: dict[str, Any] = json.loads((folder / _WORDS_FILE).read_bytes())
        self.words = Words(settings["stemmer"], settings["stopwords"])

    def scores(self, query: str) -> npt.NDArray[np.float32]:
        """The BM25 score of every passage, ``float32 [count]``; a word that stands twice counts twice."""
        scores = np.zeros(self._count, dtype=np.float32)
        known = [column for word in self.words(query) if (column := self._vocabulary.get(word)) is not None]
        if known:
            # One addition for all words, in their order: a call for each costs more than what it adds.
            spans = [slice(self._columns[column], self._columns[column + 1]) for column in known]
            rows = np.concatenate([self._rows[span] for span in spans], dtype=np.intp)
            np.add.at(scores, rows, np.concatenate([self._data[span] for span in spans]))
        return scores

    def holding(self, text: str) -> int:
        """How many passages have all the words of a text, in any order; 0 where it has none."""
        words = set(self.words(text))
        columns = [self._vocabulary[word] for word in words if word in self._vocabulary]
        if not words or len(columns) < len(words):
            return 0
        rows = [self._rows[self._columns[column] : self._columns[column + 1]] for column in columns]
        return len(functools.reduce(lambda left, right: np.intersect1d(left, right, assume_unique=True), rows))

    def search(
        self, queries: Sequence[str], k: int | None, candidates: npt.NDArray[np.int64] | None = None
    ) -> list[Hits]:
        """For each query the passages that share a word with it, best first; others are not found at all."""
        return [self.search_one(query, k, candidates)[0] for query in queries]

    def search_one(
        self, query: str, k: int | None, candidates: npt.NDArray[np.int64] | None = None
    ) -> tuple[Hits, npt.NDArray[np.float32]]:
        """What ``search`` finds for one query, and the score of every passage."""
        scores = self.scores(query)
        return best(scores, k, candidates, above=0), scores
