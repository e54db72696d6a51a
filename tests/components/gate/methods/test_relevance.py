"""SAR: computed by hand, and what relevance must and must not change."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.components.gate.methods.relevance import sar, sentence_sar, token_sar
from ragkit.types import Token

TOKENS = [Token("Paris", math.log(0.5)), Token(" is", math.log(0.25)), Token(" it", math.log(1.0))]


def test_tokens_count_by_their_relevance() -> None:
    # (1 ln 2 · .6 + 2 ln 2 · .2 + 0 · .2) / 1
    assert token_sar(TOKENS, [0.6, 0.2, 0.2]) == pytest.approx(math.log(2))
    assert token_sar(TOKENS, [3.0, 1.0, 1.0]) == pytest.approx(math.log(2))  # only shares count
    assert token_sar(TOKENS, [0, 0, 0.5]) == 0.0


def test_where_nothing_hangs_on_any_token_all_count_alike() -> None:
    assert token_sar(TOKENS, [0, 0, 0]) == pytest.approx(math.log(2))


def test_a_sample_that_others_are_like_is_more_certain() -> None:
    logprobs = [math.log(0.5), math.log(0.25)]
    apart, alike = [[1, 0], [0, 1]], [[1, 1], [1, 1]]
    assert sentence_sar(logprobs, apart) == pytest.approx(1.5 * math.log(2))
    # i=1: -log(.5 + .25/.1) = -log 3; i=2: -log(.25 + .5/.1) = -log 5.25
    assert sentence_sar(logprobs, alike, temperature=0.1) == pytest.approx(-(math.log(3) + math.log(5.25)) / 2)
    half = [[1, 0.5], [0.5, 1]]
    assert sentence_sar(logprobs, half, temperature=0.1) == pytest.approx(-(math.log(1.75) + math.log(2.75)) / 2)


def test_sar_is_sentence_sar_of_token_sar() -> None:
    assert sar([math.log(2), math.log(4)], [[1, 0], [0, 1]]) == pytest.approx(1.5 * math.log(2))


def test_long_samples_do_not_underflow() -> None:
    assert sentence_sar([-5000.0, -5000.0], [[1, 1], [1, 1]]) == pytest.approx(5000 - math.log(1001))


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="no tokens"):
        token_sar([], [])
    with pytest.raises(ValueError, match="at least 0"):
        token_sar(TOKENS, [-0.1, 0, 1])
    with pytest.raises(ValueError, match="zip"):
        token_sar(TOKENS, [1.0])
    with pytest.raises(ValueError, match="no samples"):
        sar([], [])
    with pytest.raises(ValueError, match="2 samples and the likeness of 1"):
        sentence_sar([-1, -1], [[1]])


@given(st.lists(st.tuples(st.floats(-30, 0), st.floats(0, 1)), min_size=1, max_size=10))
def test_it_lies_between_the_surest_and_the_least_sure_token(pairs: list[tuple[float, float]]) -> None:
    found = token_sar([Token("t", p) for p, _ in pairs], [r for _, r in pairs])
    assert min(-p for p, _ in pairs) - 1e-9 <= found <= max(-p for p, _ in pairs) + 1e-9


@given(st.lists(st.floats(-30, 0), min_size=2, max_size=6), st.floats(0, 1), st.floats(0, 1))
def test_more_likeness_is_more_certain(logprobs: list[float], one: float, two: float) -> None:
    n = range(len(logprobs))

    def matrix(like: float) -> list[list[float]]:
        return [[1.0 if i == j else like for j in n] for i in n]

    less, more = sorted((one, two))
    assert sentence_sar(logprobs, matrix(more)) <= sentence_sar(logprobs, matrix(less)) + 1e-9
