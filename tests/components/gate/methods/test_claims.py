"""Claim-conditioned probability: computed by hand."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.components.gate.methods.claims import Relation, claim_conditioned_probability, claims
from ragkit.types import Token


def token(text: str, **probabilities: float) -> Token:
    top = tuple((name, math.log(p)) for name, p in probabilities.items())
    return Token(text, math.log(probabilities.get(text, 0.5)), top)


RELATIONS: dict[str, Relation] = {"Paris": "same", "Lyon": "against", "maybe": "other"}


def related(place: int, text: str) -> Relation:
    return RELATIONS[text]


def test_alternatives_that_mean_the_same_count_for_it_and_others_do_not_count() -> None:
    written = token("paris", paris=0.4, Paris=0.2, Lyon=0.2, maybe=0.2)
    assert claim_conditioned_probability([written], related) == pytest.approx(1 - 0.6 / 0.8)


def test_claims_multiply() -> None:
    half = token("paris", paris=0.4, Lyon=0.4)
    assert claim_conditioned_probability([half, half], related) == pytest.approx(1 - 0.25)


def test_function_words_and_marks_claim_nothing() -> None:
    sure = [Token(" the", math.log(0.1)), Token(".", math.log(0.1)), Token(" Is", math.log(0.1))]
    assert [claims(each) for each in sure] == [False, False, False]
    assert claim_conditioned_probability(sure, related) == 0.0
    assert claims(Token(" 1998", 0.0))


def test_a_claim_that_nothing_speaks_against_is_certain() -> None:
    assert claim_conditioned_probability([token("paris", paris=0.5, maybe=0.5)], related) == 0.0


def test_the_place_of_the_token_is_told() -> None:
    seen = []

    def note(place: int, text: str) -> Relation:
        seen.append((place, text))
        return "other"

    claim_conditioned_probability([token("is", is_=1.0), token("paris", paris=0.5, Lyon=0.5)], note)
    assert seen == [(1, "Lyon")]


def test_a_claim_needs_alternatives() -> None:
    with pytest.raises(ValueError, match="no alternatives"):
        claim_conditioned_probability([Token("Paris", -1.0)], related)
    with pytest.raises(ValueError, match="no tokens"):
        claim_conditioned_probability([], related)


@given(st.lists(st.tuples(st.floats(0.01, 1), st.floats(0.01, 1)), min_size=1, max_size=8))
def test_between_0_and_1_and_a_further_claim_makes_nothing_surer(pairs: list[tuple[float, float]]) -> None:
    tokens = [token("paris", paris=a / (a + b), Lyon=b / (a + b)) for a, b in pairs]
    found = [claim_conditioned_probability(tokens[: n + 1], related) for n in range(len(tokens))]
    assert all(0 <= value <= 1 for value in found)
    assert all(later >= earlier - 1e-12 for earlier, later in itertools.pairwise(found))
