"""DRAGIN's formulas on cases worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.components.generate._rind import (
    content_tokens,
    content_words,
    entropy,
    first_above,
    formulate,
    relative,
    rind,
    strongest,
)  # fmt: skip

numbers = st.floats(-30, 30)


def test_entropy_of_known_distributions():
    assert entropy(np.log([0.5, 0.25, 0.25])) == pytest.approx(1.5 * math.log(2))
    assert entropy(np.zeros(8)) == pytest.approx(math.log(8))
    assert entropy(np.array([1000.0, 0.0, -1000.0])) == pytest.approx(0.0)
    assert entropy(np.array([0.0, -np.inf])) == 0.0


@given(st.lists(numbers, min_size=1, max_size=20), numbers)
def test_entropy_lies_between_none_and_that_of_equal_chances(logits, shift):
    found = entropy(np.array(logits))
    assert 0 <= found <= math.log(len(logits)) + 1e-9
    assert found == pytest.approx(entropy(np.array(logits) + shift), abs=1e-6)


def test_only_later_tokens_count_towards_the_strongest_attention():
    attention = np.array(
        [
            [0.9, 0.0, 0.0],  # what the first attends to: itself, which does not count
            [0.3, 0.7, 0.0],
            [0.5, 0.1, 0.4],
        ]
    )
    assert strongest(attention).tolist() == [0.5, 0.1, 0.0]
    assert strongest(np.zeros((1, 1))).tolist() == [0.0]


def test_relative_attention_has_the_mean_one_in_each_sentence():
    found = relative(np.array([0.2, 0.6, 0.1, 0.1, 0.1]), [0, 0, 1, 1, 1])
    assert found.tolist() == pytest.approx([0.5, 1.5, 1.0, 1.0, 1.0])
    assert relative(np.zeros(2), [0, 0]).tolist() == [0.0, 0.0]


def test_rind_is_the_product_and_nothing_for_function_words():
    scores = rind(np.array([2.0, 3.0, 1.0]), np.array([0.5, 0.5, 0.2]), [True, False, True])
    assert scores.tolist() == pytest.approx([1.0, 0.0, 0.2])
    assert first_above(scores, 0.9) == 0
    assert first_above(scores, 1.0) is None, "above, not at"
    assert first_above(scores[1:], 0.1) == 1


def test_a_piece_of_a_content_word_counts_as_the_word():
    text = "The Adaptive-k list."
    tokens = [(0, 3), (3, 8), (8, 14), (14, 19), (19, 20)]
    assert [text[a:b] for a, b in tokens] == ["The", " Adap", "tive-k", " list", "."]
    assert content_tokens(text, tokens) == [False, True, True, True, False]
    assert [text[a:b] for a, b in content_words(text, 0, len(text))] == ["Adaptive-k", "list"]


def test_the_words_with_most_attention_stand_in_the_order_of_the_text():
    text = "where does adaptive cut the list adaptive"
    words = content_words(text, 0, len(text))
    tokens = [(0, 5), (6, 10), (11, 14), (14, 19), (20, 23), (24, 27), (28, 32), (33, 41)]
    weights = np.array([0.9, 0.0, 0.1, 0.1, 0.3, 0.9, 0.25, 0.15])
    assert [text[a:b] for a, b in words] == ["adaptive", "cut", "list", "adaptive"]
    assert formulate(text, words, tokens, weights, 2) == ["cut", "list"]
    assert formulate(text, words, tokens, weights, 3) == ["adaptive", "cut", "list"]
    # Its pieces have 0.2 together, which is more than the 0.15 of the second time it stands there.
    assert formulate(text, words, tokens, weights, 9) == ["adaptive", "cut", "list"]


def test_tokens_without_a_place_weigh_nothing():
    """A token that begins the prompt has the offsets (0, 0), and much attention."""
    text = "cut list"
    assert formulate(text, [(0, 3), (4, 8)], [(0, 0), (0, 3), (4, 8)], np.array([0.9, 0.1, 0.2]), 1) == ["list"]
