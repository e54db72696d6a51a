"""What a question is read for: its terms, a number, a list."""

from __future__ import annotations

import math
import time

import pytest

from ragkit.components.generate._question import asks_for_list, read_question, terms_of
from tests.components.fake_corpus import FakeReader, notes


@pytest.mark.parametrize(
    "text",
    [
        "Which papers deal with federated learning?",
        "which papers propose models for recommender systems",
        "papers using Monte Carlo Tree Search",
        "List the methods that compress the KV cache.",
        "Please list every flow pattern",
        "Which LLM serving systems are aimed at service level objectives?",
        "Outside federated learning, which papers aim at slow networks?",
        "What are the benchmarks for data pipelines?",
        "Show me all surveys about agents",
        "Which works train on quantum hardware?",
    ],
)
def test_asks_for_a_list(text):
    assert asks_for_list(text)


@pytest.mark.parametrize(
    "text",
    [
        "Which paper introduces LoRA?",
        "What is adaptive-k?",
        "How many methods were compared?",
        "Name the four prevalent flow patterns that Modular RAG identifies.",
        "Which three tasks were handled next to transcription?",
        "What are the models called that came out of QwenCoder?",
        "Among DRAGIN and Adaptive-RAG, which trains a separate classifier?",
        "What task rank works best for MTLoRA?",
        "Which evaluation harness does Unitxt natively integrate with?",
        "The optimizers of DSPy ship in a certain model. As what does it see pipelines?",
        "",
    ],
)
def test_asks_for_one_thing(text):
    assert not asks_for_list(text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("How many passages are kept?", True),
        ("What percentage of tokens is saved?", True),
        ("by what margin does it win", True),
        ("How much cheaper is it?", True),
        ("How does it work?", False),
        ("Which fraction remains?", True),
    ],
)
def test_wants_a_number(text, wanted):
    assert read_question(text, notes()).wants_number is wanted


def test_rare_words_weigh_more_and_function_words_nothing():
    question = read_question("What does the question say about gaps and passages?", notes())
    weights = dict(question.weights)
    assert "gap" in weights
    assert weights["gap"] == pytest.approx(math.log(1 + 5 / 1))
    assert weights["gap"] > weights["passag"]
    assert not {"what", "the", "about", "and"} & weights.keys()


def test_a_word_that_no_passage_has_weighs_most_and_is_never_covered():
    question = read_question("zebra passages", notes())
    assert question.weights["zebra"] == pytest.approx(math.log(1 + 5 / 0.5))
    assert question.covered(terms_of("ranked passages", "english")) < 0.5


def test_neighbours_and_hyphenated_names_are_terms():
    question = read_question("Which flow patterns does Adaptive-k know?", notes())
    assert {"flow pattern", "adaptive-k", "adapt k"} <= question.weights.keys()
    assert "pattern adapt" not in question.weights
    assert "adaptive-k" in terms_of("We use Adaptive-k here", "english")
    assert "adaptive-k" not in terms_of("fully adaptive (K=n)", "english")
    assert question.mass == pytest.approx(sum(question.weights.values()))


def test_coverage_is_a_share():
    question = read_question("Which gap decides?", notes())
    assert question.covered(frozenset()) == 0.0
    assert question.covered(terms_of(question.text, "english")) == pytest.approx(1.0)


@pytest.mark.parametrize("text", ["", "?!", "what is it"])
def test_a_question_without_content(text):
    question = read_question(text, notes())
    assert question.weights == {}
    assert question.covered(frozenset({"a"})) == 0.0


def test_an_empty_corpus():
    assert read_question("anything", FakeReader({})).covered(frozenset()) == 0.0


@pytest.mark.parametrize("text", ["x" * 50_000, "a-" * 25_000, "x" * 50_000 + "-y"])
def test_a_very_long_word_costs_no_more_than_many_short_ones(text):
    """A pattern that tries every letter as a beginning takes minutes for it."""
    began = time.thread_time()
    terms_of.__wrapped__(text, "none")
    assert time.thread_time() - began < 1


def test_hyphenated_words_are_found_wherever_they_stand():
    assert terms_of("(k-NN, top-k-select and a_b-c", "none") >= {"k-nn", "top-k", "k-select", "b-c"}
