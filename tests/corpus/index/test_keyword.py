"""Keyword search: bm25s's own scores, read without bm25s."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ragkit.corpus.index.config import Bm25Config
from ragkit.corpus.index.keyword import Keywords, write_keywords
from ragkit.corpus.index.words import Words, stopword_list

TEXTS = [
    "Adaptive-k cuts where the scores fall off.",
    "Retrieval of passages, ranked by cosine.",
    "A survey of retrieval-augmented generation: retrieval, generation, evaluation.",
    "",
    "The of and a",
    "検索システム and retrieval",
]


def built(folder: Path, texts: list[str], config: Bm25Config | None = None) -> Keywords:
    write_keywords(folder, (("", text) for text in texts), config or Bm25Config())
    return Keywords(folder, len(texts))


def test_words_are_stemmed_lowered_and_common_ones_left_out() -> None:
    words = Words("english", stopword_list("english"))
    assert words("The retrievers' Retrieval of Adaptive-k, in 3.5 steps") == [
        "retriev", "retriev", "adapt", "k", "3", "5", "step",
    ]  # fmt: skip


def test_without_stemmer_and_stop_words_every_word_counts_as_written() -> None:
    assert Words("none", stopword_list("none"))("The Retrievers of it") == ["the", "retrievers", "of", "it"]


def test_ideographs_count_one_by_one() -> None:
    assert Words("none", ())("検索システムv2 größe") == ["検", "索", "シ", "ス", "テ", "ム", "v2", "größe"]


def test_only_passages_that_share_a_word_are_found(tmp_path: Path) -> None:
    keywords = built(tmp_path, TEXTS)
    hits = keywords.search(["retrieval", "adaptive k", "nothing alike", "", "the of"], None)
    assert sorted(hits[0].indices.tolist()) == [1, 2, 5]
    assert hits[1].indices.tolist() == [0]
    assert all(len(found.indices) == 0 for found in hits[2:])


def test_a_filter_and_k_narrow_what_is_found(tmp_path: Path) -> None:
    keywords = built(tmp_path, TEXTS)
    every = keywords.search(["retrieval"], None)[0]
    assert keywords.search(["retrieval"], 1)[0].indices.tolist() == every.indices[:1].tolist()
    only = keywords.search(["retrieval"], 5, np.array([0, 1, 5]))[0]
    assert sorted(only.indices.tolist()) == [1, 5]


@pytest.mark.parametrize(
    "config", [Bm25Config(), Bm25Config(k1=0.9, b=0.4, stemmer="none"), Bm25Config(stopwords="none", b=0.0)]
)
def test_scores_are_those_of_bm25s(tmp_path: Path, config: Bm25Config) -> None:
    import bm25s

    keywords = built(tmp_path, TEXTS, config)
    theirs = bm25s.BM25.load(str(tmp_path))
    for query in (*TEXTS[:3], "retrieval retrieval generation"):
        known = [word for word in keywords.words(query) if word in theirs.vocab_dict]
        assert np.allclose(keywords.scores(query), theirs.get_scores(known), rtol=1e-6)


def test_scores_follow_the_formula(tmp_path: Path) -> None:
    """Lucene's BM25: idf ln(1 + (n - df + .5)/(df + .5)), tf / (tf + k1 (1 - b + b length/mean)), without (k1 + 1)."""
    keywords = built(tmp_path, ["x x y", "y", "z z z z"], Bm25Config(k1=1.2, b=0.75, stemmer="none", stopwords="none"))
    mean, idf = 8 / 3, np.log(1 + (3 - 1 + 0.5) / (1 + 0.5))
    expected = idf * 2 / (2 + 1.2 * (1 - 0.75 + 0.75 * 3 / mean))
    assert keywords.scores("x")[0] == pytest.approx(expected, rel=1e-5)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.sampled_from("ab c検é-"), max_size=12), min_size=1, max_size=6))
def test_every_text_with_words_is_found_by_itself(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    keywords = built(tmp_path_factory.mktemp("bm25"), texts)
    for number, text in enumerate(texts):
        found = keywords.search([text], None)[0].indices.tolist()
        assert (number in found) is bool(keywords.words(text))


def test_threads_search_side_by_side(tmp_path: Path) -> None:
    keywords = built(tmp_path, TEXTS)
    expected = keywords.search(TEXTS, None)
    wrong: list[int] = []

    def search() -> None:
        for _ in range(20):
            for number, (one, other) in enumerate(zip(keywords.search(TEXTS, None), expected, strict=True)):
                if one.indices.tolist() != other.indices.tolist():
                    wrong.append(number)

    threads = [threading.Thread(target=search) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_word_of_the_title_counts_as_often_as_the_title_weighs(tmp_path: Path) -> None:
    config = Bm25Config(title_weight=4)
    passages = [("Adaptive retrieval", "Where scores fall."), ("", "Retrieval of passages."), ("Alike", "Alike")]
    write_keywords(tmp_path / "titled", passages, config)
    texts = ["Adaptive retrieval " * 4 + "Where scores fall.", "Retrieval of passages.", "Alike"]
    written = built(tmp_path / "written", texts, Bm25Config(title_weight=1))
    titled = Keywords(tmp_path / "titled", len(passages))
    for query in ("adaptive", "retrieval passages", "scores", "alike"):
        assert titled.scores(query) == pytest.approx(written.scores(query))


def test_passages_that_have_all_words_of_a_text_are_counted(tmp_path: Path) -> None:
    keywords = built(tmp_path, TEXTS)
    texts = ["retrieval", "retrieval cosine", "retrieval of the passages", "retrieval nothing", "the of", ""]
    assert [keywords.holding(text) for text in texts] == [3, 1, 1, 0, 0, 0]
