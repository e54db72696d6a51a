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


def test_a_bigger_k_only_adds_at_the_end() -> None:
    values = np.random.default_rng(3).integers(0, 5, 200).astype(np.float32)
    longest = best(values, None).indices.tolist()
    for k in (0, 1, 7, 50, 199, 200, 500):
        assert best(values, k).indices.tolist() == longest[:k]
