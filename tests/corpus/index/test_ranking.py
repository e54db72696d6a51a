"""The best of many scores."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from ragkit.corpus.index.ranking import best

# Few different values, so that ties are the rule.
scores = arrays.arrays(np.float32, st.integers(0, 40), elements=st.sampled_from([-1.0, 0.0, 0.25, 0.5, 1.0]))


def slow(values: npt.NDArray[np.float32], k: int | None, candidates: list[int]) -> list[int]:
    return sorted(candidates, key=lambda i: (-values[i], i))[: len(candidates) if k is None else k]


@given(scores, st.one_of(st.none(), st.integers(0, 45)))
def test_best_is_the_head_of_the_sorted_list(values: npt.NDArray[np.float32], k: int | None) -> None:
    hits = best(values, k)
    assert hits.indices.tolist() == slow(values, k, list(range(len(values))))
    assert hits.scores.tolist() == [values[i] for i in hits.indices]
    assert hits.indices.dtype == np.int64
    assert hits.scores.dtype == np.float32


@given(scores, st.one_of(st.none(), st.integers(0, 45)), st.data())
def test_only_candidates_are_found(values: npt.NDArray[np.float32], k: int | None, data: st.DataObject) -> None:
    pool = sorted(data.draw(st.sets(st.integers(0, len(values) - 1)))) if len(values) else []
    hits = best(values, k, np.array(pool, dtype=np.int64))
    assert hits.indices.tolist() == slow(values, k, pool)
    assert hits.scores.tolist() == [values[i] for i in hits.indices]


@given(scores, st.one_of(st.none(), st.integers(0, 45)), st.sampled_from([-2.0, 0.0, 0.25, 1.0]))
def test_only_scores_above_are_found(values: npt.NDArray[np.float32], k: int | None, above: float) -> None:
    hits = best(values, k, above=above)
    assert hits.indices.tolist() == slow(values, k, [i for i in range(len(values)) if values[i] > above])


def test_of_many_scores_the_same_are_found() -> None:
    values = np.random.default_rng(5).normal(size=30_000).astype(np.float32).round(2)
    for count in (4_000, 4_001, 29_999, 30_000):
        for k in (1, 10, 100, 999):
            assert best(values[:count], k).indices.tolist() == slow(values, k, list(range(count)))


def test_a_bigger_k_only_adds_at_the_end() -> None:
    values = np.random.default_rng(3).integers(0, 5, 200).astype(np.float32)
    longest = best(values, None).indices.tolist()
    for k in (0, 1, 7, 50, 199, 200, 500):
        assert best(values, k).indices.tolist() == longest[:k]
