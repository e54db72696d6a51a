"""The matrices of the studies are the scores of the product."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

TITLES = ["Adaptive retrieval", "", "Cutting score curves"]
TEXTS = ["How many passages does retrieval need?", "Passages are cut where scores fall.", "No such thing, retrieval."]
QUESTIONS = ["where is retrieval cut, retrieval of passages", "unknown words only"]
numbers = st.floats(-1, 1, allow_nan=False, width=32)


def test_bm25_is_what_the_index_computes(tmp_path) -> None:
    from scores import NOT_FOUND, WordCounts

    from ragkit.corpus.index.config import Bm25Config
    from ragkit.corpus.index.keyword import Keywords, write_keywords
    from ragkit.corpus.index.words import Words, stopword_list

    config = Bm25Config(k1=0.7, b=0.4, title_weight=2)
    write_keywords(tmp_path, zip(TITLES, TEXTS, strict=True), config)
    index = Keywords(tmp_path, len(TEXTS))
    words = Words(config.stemmer, stopword_list(config.stopwords))
    matrix = WordCounts(QUESTIONS, TITLES, TEXTS, words).bm25(config.k1, config.b, config.title_weight)
    for question, row in zip(QUESTIONS, matrix, strict=True):
        assert np.where(row == NOT_FOUND, 0, row) == pytest.approx(index.scores(question), abs=1e-5)
    assert (matrix[1] == NOT_FOUND).all()


def test_a_word_of_the_title_counts_as_often_as_asked() -> None:
    from scores import WordCounts

    from ragkit.corpus.index.words import Words

    words = Words("none", ())
    twice = WordCounts(["adaptive"], ["adaptive", ""], ["a b c", "d e f"], words).bm25(1.2, 0.75, 2.0)
    written = WordCounts(["adaptive"], ["", ""], ["adaptive adaptive a b c", "d e f"], words).bm25(1.2, 0.75, 1.0)
    left_out = WordCounts(["adaptive"], ["adaptive", ""], ["a b c", "d e f"], words).bm25(1.2, 0.75, 0.0)
    assert twice == pytest.approx(written)
    assert (left_out == -np.inf).all()


@given(
    st.lists(st.tuples(numbers, st.floats(0, 30, width=32)), min_size=1, max_size=12),
    st.floats(0, 1),
    st.sampled_from(["min_max", "theoretical"]),
)
def test_fusing_all_candidates_is_what_the_product_computes(pairs, weight: float, how: str) -> None:
    from scores import NOT_FOUND, Fusion, fuse

    from ragkit.components.fuse._normalise import normalise

    dense = np.array([[cosine for cosine, _ in pairs]], dtype=np.float32)
    bm25 = np.array([[score if score > 0 else NOT_FOUND for _, score in pairs]], dtype=np.float32)
    fused = fuse(dense, bm25, Fusion(weight, None, how))[0]
    near, _ = normalise(dense[0].tolist(), how, "cosine")
    words, _ = normalise([max(0.0, score) for score in bm25[0].tolist()], how, "bm25")
    if not any(score > 0 for _, score in pairs):
        words = [0.0] * len(pairs)
    expected = [weight * a + (1 - weight) * b for a, b in zip(near, words, strict=True)]
    assert fused == pytest.approx(expected, abs=1e-5)


def test_only_candidates_have_a_fused_score() -> None:
    from scores import Fusion, fuse

    dense = np.array([[0.9, 0.1, 0.2, 0.3]], dtype=np.float32)
    bm25 = np.array([[-np.inf, 3.0, 2.0, -np.inf]], dtype=np.float32)
    assert np.isfinite(fuse(dense, bm25, Fusion(0.5, 1))[0]).tolist() == [True, True, False, False]
    ranks = fuse(dense, bm25, Fusion(0.5, 1, how="rrf"))[0]
    assert ranks[:2] == pytest.approx([0.5 / 61, 0.5 / 61])
    assert all(math.isinf(score) for score in ranks[2:])
