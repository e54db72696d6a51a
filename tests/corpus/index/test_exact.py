"""Exact dense search: every query of a batch, however it is cut into portions, with and without candidates."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ragkit.corpus.index import exact
from ragkit.corpus.index.exact import FILE, ExactVectors

ROWS, QUERIES, K = 40, 7, 3


def unit(count: int, seed: int) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(count, 8)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture
def vectors(tmp_path: Path) -> ExactVectors:
    np.save(tmp_path / FILE, unit(ROWS, 1))
    return ExactVectors(tmp_path)


@pytest.mark.parametrize("at_once", [1, 2, 3, QUERIES, 100], ids=lambda n: f"{n} queries at once")
@pytest.mark.parametrize(
    "candidates", [None, [30, 3, 11, 5], [*range(0, ROWS, 2)]], ids=["all", "a few", "half of them"]
)
def test_each_query_gets_its_best(
    vectors: ExactVectors, monkeypatch: pytest.MonkeyPatch, candidates: list[int] | None, at_once: int
) -> None:
    may = None if candidates is None else np.sort(np.array(candidates, dtype=np.int64))
    scored = len(candidates) if candidates is not None and len(candidates) == 4 else ROWS
    monkeypatch.setattr(exact, "_SCORES_AT_ONCE", at_once * scored)
    queries = unit(QUERIES, 2)
    found = vectors.search(queries, K, may)
    assert len(found) == QUERIES
    for query, hits in zip(queries, found, strict=True):
        cosines = {row: float(query @ vectors.rows[row]) for row in (range(ROWS) if may is None else may.tolist())}
        best = sorted(cosines, key=lambda row: -cosines[row])[:K]
        assert hits.indices.tolist() == best
        assert hits.scores.tolist() == pytest.approx([cosines[row] for row in best], abs=1e-6)


@pytest.mark.parametrize("candidates", [None, [30, 3, 11, 5], [*range(0, ROWS, 2)]], ids=["all", "a few", "half"])
def test_every_cosine_comes_along_where_every_passage_was_looked_at(
    vectors: ExactVectors, candidates: list[int] | None
) -> None:
    may = None if candidates is None else np.sort(np.array(candidates, dtype=np.int64))
    queries = unit(QUERIES, 2)
    found = list(vectors.search_each(queries, K, may))
    assert [near.hits.indices.tolist() for near in found] == [
        hits.indices.tolist() for hits in vectors.search(queries, K, may)
    ]
    for query, near in zip(queries, found, strict=True):
        if candidates is not None and len(candidates) == 4:
            assert near.cosines is None
        else:
            assert near.cosines == pytest.approx(vectors.rows @ query, abs=1e-6)


def test_no_query_finds_nothing_and_no_candidate_either(vectors: ExactVectors) -> None:
    assert vectors.search(unit(0, 3), K) == []
    (hits,) = vectors.search(unit(1, 3), K, np.array([], dtype=np.int64))
    assert hits.indices.tolist() == []
