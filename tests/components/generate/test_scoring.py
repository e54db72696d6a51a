"""The features of a sentence and the chance that a question is answered."""

from __future__ import annotations

import pytest

from ragkit.components.generate._question import read_question, terms_of
from ragkit.components.generate._scoring import SENTENCE_WEIGHTS, answerable, score_sentences
from ragkit.components.generate._sentences import read_sentences
from ragkit.types import Passages
from tests.components.fake_corpus import FakeReader, encode

NOTE = ["Modular RAG has four flow patterns.", "They loop or branch.", "Others are linear."]


def scored(text, sentences=NOTE, title="note"):
    reader = FakeReader({title: sentences, "other": ["Something else stands here."]})
    question = read_question(text, reader)
    sources, _ = read_sentences(Passages(reader.items[:1]), reader)
    return question, score_sentences(question, encode([text])[0], sources, "english")


def test_features_of_a_sentence():
    question, candidates = scored("Which flow patterns are there that loop?")
    first, second, third = (candidate.features for candidate in candidates)
    assert first["terms"] == pytest.approx(question.covered(terms_of(NOTE[0], "english")))
    assert first["cosine"] == pytest.approx(
        float(encode([NOTE[0]])[0] @ encode(["Which flow patterns are there that loop?"])[0])
    )
    # The second sentence says "they": what it stands for is in the one before it.
    assert second["context_terms"] == pytest.approx(1.0)
    assert second["terms"] < second["context_terms"]
    assert third["context_terms"] == pytest.approx(second["terms"])
    assert len({features["passage"] for features in (first, second, third)}) == 1
    assert first["passage"] == pytest.approx((first["passage_cosine"] + first["passage_terms"]) / 2)
    assert candidates[0].terms == {"flow", "pattern", "flow pattern"}


def test_the_title_is_context():
    _, candidates = scored("Which loop has adaptive-k?", title="adaptive-k")
    assert candidates[0].features["context_terms"] > candidates[0].features["terms"] == 0


def test_a_number_counts_only_where_one_is_asked_for():
    _, candidates = scored("How many flow patterns are there?")
    assert [candidate.features["number"] for candidate in candidates] == [1.0, -1.0, -1.0]
    _, candidates = scored("Which flow patterns are there?")
    assert [candidate.features["number"] for candidate in candidates] == [0.0, 0.0, 0.0]


def test_the_score_is_the_weighted_sum():
    _, candidates = scored("How many flow patterns are there?")
    for candidate in candidates:
        expected = sum(SENTENCE_WEIGHTS[name] * candidate.features[name] for name in SENTENCE_WEIGHTS)
        assert candidate.score == pytest.approx(expected)


def test_answerable_reads_the_best_of_each_feature():
    question, candidates = scored("Which flow patterns are there that loop?")
    chance, features = answerable(candidates)
    assert features["cosine"] == max(candidate.features["cosine"] for candidate in candidates)
    assert features["passage_terms"] == pytest.approx(1.0)
    assert chance > 0.5
    assert answerable(scored("Who painted the Mona Lisa?")[1])[0] < 0.5
    assert answerable([]) == (0.0, {})
    assert question.mass > 0
