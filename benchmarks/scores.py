"""Every score of every passage for every question of a set, as matrices, so that a variant of retrieval is tried in a
second: cosines, BM25 in any variant, and both fused as ``retrieve.hybrid`` does.

Matrices have a row for each question and a column for each passage; what a search does not find has ``-inf``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sets import BenchmarkSet

from ragkit.components.fuse._normalise import Normalisation
from ragkit.corpus.index.config import Stemmer
from ragkit.corpus.index.words import Words
from ragkit.evaluate.metrics.retrieval import retrieval_metrics

Matrix = npt.NDArray[np.float32]
Measured = dict[str, list[float]]
METRICS = ("ndcg@10", "recall@2", "recall@5", "recall@10", "all_gold@10")
DEPTH = 10
KAPPA = 60.0
NOT_FOUND = np.float32(-np.inf)


@dataclass(frozen=True, slots=True)
class Keywords:
    """A variant of BM25. Each word of the title counts ``title`` times."""

    stemmer: Stemmer
    stopwords: frozenset[str]
    k1: float
    b: float
    title: float


@dataclass(frozen=True, slots=True)
class Fusion:
    """A variant of hybrid retrieval; ``pool`` candidates from each side, None for all."""

    weight: float
    pool: int | None = 100
    normalise: Normalisation = "min_max"
    how: Literal["convex", "rrf"] = "convex"


class WordCounts:
    """How often each word of the questions stands in each title and each text."""

    def __init__(self, questions: Sequence[str], titles: Sequence[str], texts: Sequence[str], words: Words) -> None:
        self._columns: dict[str, int] = {}
        asked = [[self._columns.setdefault(word, len(self._columns)) for word in words(text)] for text in questions]
        self._asked = self._matrix(asked)
        self._titles, self._title_lengths = self._counted(titles, words)
        self._texts, self._text_lengths = self._counted(texts, words)

    def bm25(self, k1: float, b: float, title: float) -> Matrix:
        """BM25 as Lucene computes it. Source: Kamphuis et al. (ECIR 2020), "Lucene (accurate)"."""
        counts = sparse.csr_array(self._texts + title * self._titles)
        counts.eliminate_zeros()
        lengths = self._text_lengths + title * self._title_lengths
        found = np.bincount(counts.indices, minlength=counts.shape[1])
        idf = np.log(1 + (len(lengths) - found + 0.5) / (found + 0.5))
        norm = k1 * (1 - b + b * lengths / lengths.mean())
        line = np.repeat(np.arange(len(lengths)), np.diff(counts.indptr))
        weights = counts.data / (counts.data + norm[line]) * idf[counts.indices]
        scored = sparse.csr_array((weights, counts.indices, counts.indptr), shape=counts.shape)
        scores: Matrix = (self._asked @ scored.T).toarray().astype(np.float32)
        scores[scores == 0] = NOT_FOUND
        return scores

    def _counted(self, texts: Sequence[str], words: Words) -> tuple[Any, npt.NDArray[np.float32]]:
        lines = [words(text) for text in texts]
        known = [[self._columns[word] for word in line if word in self._columns] for line in lines]
        return self._matrix(known), np.array([len(line) for line in lines], dtype=np.float32)

    def _matrix(self, rows: list[list[int]]) -> Any:
        line = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
        column = np.array([column for row in rows for column in row], dtype=np.int64)
        ones = np.ones(len(column), dtype=np.float32)
        return sparse.csr_array((ones, (line, column)), shape=(len(rows), len(self._columns)))


class SetScores:
    """The scores of one set."""

    def __init__(self, of: BenchmarkSet) -> None:
        self.set = of
        reader = of.reader
        self._passages = reader.passages(range(reader.count))
        self._asked = [question.question for question in of.questions]
        owners = [passage.doc_id for passage in self._passages]
        self._documents = list(dict.fromkeys(owners))
        self._firsts = np.flatnonzero([place == 0 or owners[place - 1] != owner for place, owner in enumerate(owners)])
        assert len(self._firsts) == len(self._documents), "the passages of a document do not stand together"
        self.dense: Matrix = reader.encode(self._asked) @ reader.vectors(range(reader.count)).T
        self._counts = lru_cache(maxsize=2)(self._count)

    def bm25(self, by: Keywords) -> Matrix:
        """BM25 in one variant."""
        return self._counts(by.stemmer, by.stopwords).bm25(by.k1, by.b, by.title)

    def measure(self, scores: Matrix) -> Measured:
        """The metrics of each question, for documents in the order of their best passages."""
        best = np.maximum.reduceat(scores, self._firsts, axis=1)
        order = np.argsort(-best, axis=1, kind="stable")[:, :DEPTH]
        measured: Measured = {name: [] for name in METRICS}
        for row, columns, question in zip(best, order, self.set.questions, strict=True):
            ranking = [self._documents[column] for column in columns if row[column] > NOT_FOUND]
            metrics = retrieval_metrics(ranking, question.gold)
            for name in METRICS:
                measured[name].append(metrics[name] or 0.0)
        return measured

    def _count(self, stemmer: Stemmer, stopwords: frozenset[str]) -> WordCounts:
        titles = [passage.title if passage.title != passage.text else "" for passage in self._passages]
        return WordCounts(
            self._asked, titles, [passage.text for passage in self._passages], Words(stemmer, sorted(stopwords))
        )


def fuse(dense: Matrix, bm25: Matrix, by: Fusion) -> Matrix:
    """Both scores as one, ``-inf`` for passages that are no candidates (``retrieve.hybrid`` says how)."""
    near, sharing = _best(dense, by.pool), _best(bm25, by.pool)
    candidates = near | sharing
    if by.how == "rrf":
        score = by.weight * _reciprocal(dense, near) + (1 - by.weight) * _reciprocal(bm25, sharing)
    else:
        words = np.maximum(bm25, 0)
        score = by.weight * _scaled(dense, candidates, by.normalise, -1.0)
        score += (1 - by.weight) * np.where(
            words.max(axis=1, keepdims=True) > 0, _scaled(words, candidates, by.normalise, 0.0), 0
        )
    return np.where(candidates, score, NOT_FOUND).astype(np.float32)


def _best(scores: Matrix, pool: int | None) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = scores > NOT_FOUND
    if pool is None or pool >= scores.shape[1]:
        return found
    least = np.partition(scores, -pool, axis=1)[:, -pool][:, None]
    return found & (scores >= least)


def _scaled(scores: Matrix, candidates: npt.NDArray[np.bool_], how: Normalisation, lowest: float) -> Matrix:
    top = np.where(candidates, scores, -np.inf).max(axis=1, keepdims=True)
    low = np.where(candidates, scores, np.inf).min(axis=1, keepdims=True) if how == "min_max" else lowest
    spread = top - low
    return np.where(spread > 0, (scores - low) / np.where(spread > 0, spread, 1), 1.0)


def _reciprocal(scores: Matrix, pool: npt.NDArray[np.bool_]) -> Matrix:
    order = np.argsort(-scores, axis=1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(1, scores.shape[1] + 1)[None, :], axis=1)
    return np.where(pool, 1 / (KAPPA + ranks), 0.0)
