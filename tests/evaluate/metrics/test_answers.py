"""Answers against accepted answers, ROUGE-L against its reference implementation."""

from __future__ import annotations

import re
import string
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from ragkit.evaluate.metrics.answers import (
    ANSWER_METRICS,
    answer_metrics,
    contains,
    exact_match,
    normalise,
    rouge_l,
    stands_in,
    token_f1,
    without_marks,
)

WORDS = st.sampled_from(["the", "A", "an", "Cat", "cat", "sat,", "on", "mat.", "THE", "don't", "x-y", "7", "theme"])
phrases = st.lists(WORDS, max_size=8).map(" ".join)
ascii_texts = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60)
_ROUGE = RougeScorer(["rougeL"], use_stemmer=False)


@given(ascii_texts)
def test_ascii_is_normalised_as_the_squad_script_does_it(text: str) -> None:
    lowered = text.lower()
    bare = "".join(character for character in lowered if character not in string.punctuation)
    assert normalise(text) == " ".join(re.sub(r"\b(a|an|the)\b", " ", bare).split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Beatles", "beatles"),  # articles after lower case
        ("A. Turing", "turing"),  # and after punctuation
        ("the-ory", "theory"),  # "the" is an article only where it is a word after all of that
        ("  An   apple\tpie ", "apple pie"),
        ("“Monte Carlo” — tree…", "monte carlo tree"),  # typographic punctuation too
        ("cafe\u0301", "café"),  # composed and decomposed accents are equal
    ],
)
def test_the_order_of_the_normalisation(text: str, expected: str) -> None:
    assert normalise(text) == expected


@given(phrases, phrases)
def test_token_f1_is_symmetric_and_1_exactly_for_the_same_bag_of_tokens(left: str, right: str) -> None:
    value = token_f1(left, [right])
    assert value == token_f1(right, [left])
    same = Counter(normalise(left).split()) == Counter(normalise(right).split())
    assert (value == 1.0) == same


@given(phrases, st.lists(phrases, min_size=1, max_size=4))
def test_exact_match_implies_f1_and_the_best_accepted_answer_counts(answer: str, accepted: list[str]) -> None:
    for metric in (exact_match, token_f1, contains, rouge_l):
        assert metric(answer, accepted) == max(metric(answer, [each]) or 0.0 for each in accepted)
    if exact_match(answer, accepted) == 1.0:
        assert token_f1(answer, accepted) == 1.0
        assert contains(answer, accepted) == 1.0 or normalise(answer) == ""


def test_token_f1_counts_repeated_tokens() -> None:
    assert token_f1("cat cat dog", ["cat dog dog"]) == pytest.approx(2 / 3)


@given(phrases, phrases)
def test_rouge_l_equals_the_reference_implementation(answer: str, accepted: str) -> None:
    expected = _ROUGE.score(accepted, answer)["rougeL"].fmeasure
    assert rouge_l(answer, [accepted]) == pytest.approx(expected, abs=1e-6)


@given(ascii_texts, ascii_texts)
def test_rouge_l_equals_the_reference_on_any_ascii(answer: str, accepted: str) -> None:
    if "[" in answer:
        return  # citation marks are taken out here and not there
    assert rouge_l(answer, [accepted]) == pytest.approx(_ROUGE.score(accepted, answer)["rougeL"].fmeasure, abs=1e-6)


@pytest.mark.parametrize(
    ("item", "text", "expected"),
    [
        ("MCTS", "It uses MCTS.", True),
        ("MCTS", "an MCTS-based search", True),
        ("SELA", "CORAG/SELA", True),
        ("art", "a party", False),
        ("4", "14 of them", False),
        ("5", "1.5 times", False),
        ("1,000", "about 1000 pages", True),
        ("self-attention", "self attention layers", True),
        ("self-attention", "uses self-attention", True),
        ("monte carlo tree search", "Monte Carlo (tree) search", True),
        ("tree search", "tree of search", False),
        ("the", "the end", False),  # nothing is left of it
        ("", "anything", False),
    ],
)
def test_what_stands_in_a_text(item: str, text: str, expected: bool) -> None:
    assert stands_in(item, text) is expected


@given(phrases, phrases, phrases)
def test_what_was_put_into_a_text_stands_in_it(before: str, item: str, after: str) -> None:
    if normalise(item):
        assert stands_in(item, f"{before} {item} {after}")


def test_marks_of_citations_are_no_part_of_an_answer() -> None:
    assert without_marks("It is MCTS [1][2]. And [3, 4] this [2](http://x).") == "It is MCTS. And this [2](http://x)."
    assert exact_match("MCTS [1]", ["mcts"]) == 1.0
    assert token_f1("MCTS [1]", ["mcts"]) == 1.0


def test_without_accepted_answers_nothing_applies_and_an_empty_answer_is_worth_nothing() -> None:
    assert answer_metrics("text", []) == dict.fromkeys(ANSWER_METRICS)
    assert answer_metrics(" ", ["the"]) == dict.fromkeys(ANSWER_METRICS, 0.0)
    assert answer_metrics("It is MCTS [1].", ["MCTS", "tree"]) == {
        "answer_em": 0.0,
        "answer_f1": pytest.approx(0.5),
        "answer_contains": 1.0,
        "answer_rouge_l": pytest.approx(0.5),
    }
