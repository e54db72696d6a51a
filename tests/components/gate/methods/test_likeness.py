"""Likeness by words, and clusters of answers that mean the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.components.gate.methods.likeness import (
    clusters,
    jaccard,
    lexical_similarity,
    matrix,
    normalised,
    rouge_l,
)

TEXTS = st.lists(st.text(alphabet="ab the.", max_size=12), min_size=2, max_size=6)


def test_jaccard_counts_words_without_case() -> None:
    assert jaccard("Paris in France", "paris, FRANCE") == pytest.approx(2 / 3)
    assert jaccard("Paris", "Lyon") == 0.0
    assert jaccard("!", "?") == 1.0


def test_rouge_l_is_the_f1_of_the_longest_common_subsequence() -> None:
    # "police killed the gunman" and "police kill the gunman" share police, the, gunman: P = R = 3/4.
    assert rouge_l("police killed the gunman", "police kill the gunman") == pytest.approx(0.75)
    # "the gunman" stands in both in this order: P = 2/4, R = 2/4.
    assert rouge_l("police killed the gunman", "the gunman kill police") == pytest.approx(0.5)
    assert rouge_l("a b", "c d") == 0.0
    assert rouge_l("a b c", "a") == pytest.approx(2 * (1 / 3) * 1 / (1 / 3 + 1))


def test_lexical_similarity_is_one_less_the_mean_over_pairs() -> None:
    assert lexical_similarity(["Paris", "Paris", "Paris"]) == 0.0
    assert lexical_similarity(["Paris", "Lyon"]) == 1.0
    assert lexical_similarity(["Paris", "Paris", "Lyon"]) == pytest.approx(2 / 3)
    with pytest.raises(ValueError, match="only where there are two"):
        lexical_similarity(["Paris"])


def test_answers_are_the_same_without_case_marks_and_articles() -> None:
    assert normalised("The Louvre, Paris.") == normalised("louvre PARIS")
    assert normalised("A") != normalised("The") != ""


def test_an_answer_joins_the_first_cluster_whose_first_member_means_the_same() -> None:
    like = {(0, 2), (2, 3)}  # 3 is like 2 and not like 0, so it begins a cluster of its own
    assert clusters(4, lambda i, j: (i, j) in like) == [0, 1, 0, 2]
    assert clusters(0, lambda i, j: True) == []


@given(TEXTS)
def test_a_matrix_of_likeness_is_symmetric_between_0_and_1(texts: list[str]) -> None:
    for likeness in (jaccard, rouge_l):
        found = matrix(texts, likeness)
        for i in range(len(texts)):
            assert found[i][i] == 1.0 == likeness(texts[i], texts[i])
            for j in range(len(texts)):
                assert found[i][j] == found[j][i]
                assert 0 <= found[i][j] <= 1


@given(TEXTS)
def test_more_of_the_same_is_surer(texts: list[str]) -> None:
    assert 0 <= lexical_similarity([texts[0]] * len(texts)) <= lexical_similarity(texts) <= 1


@given(TEXTS)
def test_clusters_by_equality_are_the_different_texts(texts: list[str]) -> None:
    found = clusters(len(texts), lambda i, j: texts[i] == texts[j])
    assert len(set(found)) == len(set(texts))
    assert found[0] == 0
