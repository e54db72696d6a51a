"""Maximal marginal relevance: the choice itself on any vectors, and the component on passages."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.components.rerank.mmr import Mmr, maximal_marginal
from ragkit.errors import UsageError
from ragkit.types import Passage, Passages
from tests.components.fake_corpus import FakeScope, notes
from tests.components.helpers import ids, ranked


def make(reader=None, **parameters):
    return Mmr(Mmr.Params(**parameters), FakeScope(reader or notes()))


def found(reader, *names, **scores):
    listed = [reader.passage(f"{name}#0") for name in names]
    if not scores:
        return Passages(listed)
    ((name, values),) = scores.items()
    return Passages([p.with_scores({name: v}) for p, v in zip(listed, values, strict=True)], name)


def units(count, seed):
    rows = np.random.default_rng(seed).normal(size=(count, 5)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def by_the_formula(relevance, vectors, k, weight):
    """The same, written as the paper has it."""
    chosen, values = [], []
    while len(chosen) < k:
        options = []
        for i in (i for i in range(len(relevance)) if i not in chosen):
            redundancy = max((max(0.0, float(vectors[i] @ vectors[j])) for j in chosen), default=0.0)
            options.append((weight * relevance[i] - (1 - weight) * redundancy, -i))
        value, place = max(options)
        chosen.append(-place)
        values.append(value)
    return chosen, values


@given(seed=st.integers(0, 500), count=st.integers(1, 12), weight=st.floats(0, 1), share=st.floats(0, 1))
def test_it_is_the_formula_and_its_values_never_rise(seed, count, weight, share):
    vectors, k = units(count, seed), round(share * count)
    relevance = np.random.default_rng(seed + 1).normal(size=count).tolist()
    chosen, values = maximal_marginal(relevance, vectors, k, weight)
    _, expected = by_the_formula(relevance, vectors, k, weight)
    assert values == pytest.approx(expected, abs=1e-6)
    assert len(set(chosen)) == len(chosen) == k
    assert all(later <= earlier + 1e-9 for earlier, later in itertools.pairwise(values))


def test_the_second_of_two_equal_texts_comes_last():
    reader = notes()
    step = make(reader, weight=0.5, k=3)
    twice = found(reader, "adaptive-k", "adaptive-k", "bm25", "hnsw", convex=[0.9, 0.9, 0.8, 0.1])
    result = step.run("How many passages?", twice)
    assert ids(result.value) == ["adaptive-k#0", "bm25#0", "adaptive-k#0"]
    assert result.value.ranked_by == "mmr"
    assert result.value[0].scores == {"convex": 0.9, "mmr": pytest.approx(0.5)}
    assert result.decision.details == {"weight": 0.5, "relevance": "'convex'", "from": [1, 3, 2]}
    assert result.decision.reason == "kept 3 of 4, 2 of them at another place: 'convex' less likeness to those before"
    assert result.warnings == ()


def test_weight_one_keeps_the_order_and_k_cuts():
    reader = notes()
    listed = found(reader, "hnsw", "bm25", "caching", cosine=[0.9, 0.5, 0.2])
    result = make(reader, weight=1.0, k=2).run("anything", listed)
    assert ids(result.value) == ["hnsw#0", "bm25#0"]
    assert [p.scores["mmr"] for p in result.value] == [0.9, 0.5]  # a cosine is taken as it is
    assert (result.decision.kept, result.decision.of) == (2, 3)
    assert len(make(reader, k=0).run("anything", listed).value) == 0
    assert len(make(reader).bound({"k": 1}).run("anything", listed).value) == 1


def test_a_list_that_no_score_ordered_is_read_by_its_cosine_with_the_question():
    reader = notes()
    listed = found(reader, "caching", "hnsw", "bm25")
    result = make(reader, weight=1.0).run("BM25 ranks passages by words", listed)
    assert ids(result.value)[0] == "bm25#0"
    assert result.decision.details["relevance"] == "cosine with the question"
    assert reader.calls.count("encode 1") == 1


def test_passages_from_elsewhere_are_encoded_and_told():
    reader = notes()
    foreign = Passage("web", "web", "Web", "Something else.", {"cosine": 0.4})
    result = make(reader).run("q", Passages([*found(reader, "bm25", cosine=[0.5]), foreign], "cosine"))
    assert sorted(ids(result.value)) == ["bm25#0", "web"]
    assert result.warnings == ("1 passage does not stand in the index in these words: encoded now",)


def test_ranks_are_told_and_equal_scores_too():
    reader = notes()
    result = make(reader).run("q", found(reader, "bm25", "hnsw", rrf=[0.016, 0.015]))
    assert "made of ranks" in result.warnings[0]
    assert "are equal" in make(reader).run("q", found(reader, "bm25", "hnsw", convex=[0.5, 0.5])).warnings[0]


def test_a_missing_score_is_named_and_an_empty_list_stays_one():
    with pytest.raises(UsageError, match="has no score 'bm52'; it has 'bm25'; did you mean 'bm25'"):
        make(score="bm52").run("q", ranked([3.0], "bm25"))
    empty = make().run("q", Passages())
    assert (len(empty.value), empty.decision.kept) == (0, 0)


def test_a_batch_gives_what_single_runs_give_and_one_failure_stays_alone():
    reader = notes()
    step = make(reader, weight=0.4)
    items = [
        {"question": "words they share", "passages": found(reader, "hnsw", "bm25", "adaptive-k")},
        {"question": "q", "passages": found(reader, "hnsw", "bm25", cosine=[0.2, float("nan")])},
        {"question": "nearest vectors", "passages": found(reader, "hnsw", "bm25", "caching")},
    ]
    first, failed, third = step.run_batch(items)
    assert "encode 2" in reader.calls
    assert isinstance(failed, UsageError)
    for item, together in ((items[0], first), (items[2], third)):
        assert ids(step.run(**item).value) == ids(together.value)
