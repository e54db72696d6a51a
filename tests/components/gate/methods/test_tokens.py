"""Measures over the tokens of one answer, computed by hand; what holds of them on every answer."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.components.gate.methods import tokens as measures
from ragkit.types import Token

HALF, QUARTER = math.log(0.5), math.log(0.25)
PAIR = [Token("Pa", HALF), Token("ris", QUARTER)]
ALL = [
    measures.sequence_probability, measures.perplexity, measures.mean_token_probability,
    measures.max_token_probability, measures.mean_token_entropy, measures.max_token_entropy,
]  # fmt: skip


def with_top(chosen: float, *others: float) -> Token:
    """A token with alternatives, by probabilities; the server names the written one too."""
    top = (("a", math.log(chosen)), *((f"o{i}", math.log(p)) for i, p in enumerate(others)))
    return Token("a", math.log(chosen), top)


def test_of_two_tokens_with_one_half_and_one_quarter() -> None:
    assert measures.sequence_probability(PAIR) == pytest.approx(math.log(8))  # 1/2 * 1/4 = 1/8
    assert measures.perplexity(PAIR) == pytest.approx(math.sqrt(8))
    assert measures.mean_token_probability(PAIR) == pytest.approx(1 - 0.375)
    assert measures.max_token_probability(PAIR) == pytest.approx(0.75)
    assert measures.least_probability(PAIR) == pytest.approx(0.25)


def test_entropy_is_that_of_the_alternatives_scaled_to_one() -> None:
    assert measures.entropy(with_top(0.5, 0.5)) == pytest.approx(math.log(2))
    assert measures.entropy(with_top(0.25, 0.25)) == pytest.approx(math.log(2))  # half of the mass is not told
    assert measures.entropy(with_top(0.5, 0.25, 0.25)) == pytest.approx(1.5 * math.log(2))
    uneven = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    assert measures.entropy(with_top(0.6, 0.2)) == pytest.approx(uneven)


def test_mean_and_maximum_of_entropies() -> None:
    two = [with_top(0.5, 0.5), with_top(0.25, 0.25, 0.25, 0.25)]
    assert measures.mean_token_entropy(two) == pytest.approx(1.5 * math.log(2))
    assert measures.max_token_entropy(two) == pytest.approx(2 * math.log(2))


def test_the_written_token_counts_where_the_server_does_not_name_it_among_the_likeliest() -> None:
    token = Token("rare", math.log(0.2), (("common", math.log(0.6)),))
    assert measures.distribution(token) == pytest.approx({"common": 0.75, "rare": 0.25})


def test_a_token_that_is_given_twice_counts_once() -> None:
    assert measures.distribution(with_top(0.5, 0.5)) == pytest.approx({"a": 0.5, "o0": 0.5})


def test_what_servers_round_or_cut_off() -> None:
    assert measures.probability(Token("a", 1e-6)) == 1.0
    assert measures.sequence_probability([Token("a", 1e-6)]) == 0.0
    assert measures.sequence_probability([Token("a", -math.inf)]) == 100.0
    assert measures.perplexity([Token("a", -9999.0)]) == pytest.approx(math.exp(100))  # OpenAI's "next to nothing"
    assert measures.entropy(Token("a", -math.inf, (("b", 0.0),))) == 0.0


def test_nothing_is_refused() -> None:
    for measure in ALL:
        with pytest.raises(ValueError, match="no tokens"):
            measure([])


def test_an_entropy_needs_alternatives() -> None:
    for token in (Token("a", -1.0), Token("a", -1.0, (("a", -1.0),))):
        with pytest.raises(ValueError, match="the token 'a' has no alternatives"):
            measures.max_token_entropy([with_top(0.5, 0.5), token])


LOGPROBS = st.floats(min_value=-30.0, max_value=0.0)
TOKENS = st.lists(
    st.builds(
        lambda logprob, top: Token("t0", logprob, tuple((f"t{i + 1}", p) for i, p in enumerate(top))),
        LOGPROBS, st.lists(LOGPROBS, min_size=1, max_size=5),
    ),
    min_size=1, max_size=20,
)  # fmt: skip


@given(TOKENS)
def test_ranges(tokens: list[Token]) -> None:
    assert measures.sequence_probability(tokens) >= 0
    assert measures.perplexity(tokens) >= 1
    assert 0 <= measures.mean_token_probability(tokens) <= measures.max_token_probability(tokens) + 1e-12 <= 1 + 1e-12
    least_and_most = [-1e-12, math.log(6) + 1e-12]
    assert least_and_most[0] <= measures.mean_token_entropy(tokens) <= measures.max_token_entropy(tokens) + 1e-12
    assert measures.max_token_entropy(tokens) <= least_and_most[1]


@given(TOKENS, st.integers(0, 19), st.floats(0.01, 5))
def test_a_less_probable_token_makes_no_answer_surer(tokens: list[Token], place: int, less: float) -> None:
    place %= len(tokens)
    doubted = [Token(t.text, t.logprob - less) if i == place else t for i, t in enumerate(tokens)]
    for measure in ALL[:4]:
        assert measure(doubted) >= measure(tokens) - 1e-12


@given(TOKENS, st.randoms())
def test_the_order_of_tokens_does_not_count(tokens: list[Token], random: object) -> None:
    shuffled = list(tokens)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    for measure in ALL:
        assert measure(shuffled) == pytest.approx(measure(tokens))
