"""What an LM says of its own answer, read from tokens and from words."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.components.gate.methods.verdicts import p_true, verbalised
from ragkit.types import Token


def said(text: str, **probabilities: float) -> Token:
    return Token(
        text, math.log(probabilities.get(text, 0.5)), tuple((t, math.log(p)) for t, p in probabilities.items())
    )


def test_the_probability_is_shared_out_between_the_two_words() -> None:
    assert p_true([said("True", True_=0.0001, **{"True": 0.6, "False": 0.2})], "True", "False") == pytest.approx(
        0.25, abs=1e-3
    )
    assert p_true([said("False", **{"True": 0.2, "False": 0.6, "Maybe": 0.2})], "True", "False") == pytest.approx(0.75)


def test_pieces_of_words_spaces_and_case_count() -> None:
    token = Token(" T", math.log(0.5), ((" T", math.log(0.5)), ("true", math.log(0.25)), ("F", math.log(0.25))))
    assert p_true([token, Token("rue", 0.0)], "True", "False") == pytest.approx(0.25)


def test_only_the_first_token_of_a_verdict_counts() -> None:
    assert p_true([Token('"', -0.1), said("True", **{"True": 0.9, "False": 0.1}), said("False")], "True", "False") == (
        pytest.approx(0.1)
    )


def test_without_alternatives_the_rest_is_the_other_words() -> None:
    assert p_true([Token("True", math.log(0.7))], "True", "False") == pytest.approx(0.3)
    assert p_true([Token("False", math.log(0.7))], "True", "False") == pytest.approx(0.7)


def test_a_reply_without_either_word_is_refused() -> None:
    with pytest.raises(ValueError, match="no token begins 'True' or 'False'"):
        p_true([Token("Perhaps", 0.0), Token("Truth", 0.0)], "True", "False")


@pytest.mark.parametrize(
    ("text", "probability"),
    [
        (0.8, 0.8), (1, 1.0), (0, 0.0), ("0.8", 0.8), ("80%", 0.8), ("80 percent", 0.8), ("I am 85 % sure.", 0.85),
        ("8/10", 0.8), ("Probability: .5", 0.5), ("95", 0.95), ("1", 1.0), ("1.0", 1.0), ("0", 0.0), ("100%", 1.0),
        ("Between 0.2 and 0.4, so 0.3.", 0.3), ("1%", 0.01), ("0.5%", 0.005),
    ],
)  # fmt: skip
def test_probabilities_as_people_and_models_write_them(text: str | float, probability: float) -> None:
    assert verbalised(text) == pytest.approx(1 - probability)


@pytest.mark.parametrize("text", ["sure", "", "1.5", "120%", "11/10", "3/0", 7.0, -0.1, math.nan])
def test_what_is_no_probability_is_refused(text: str | float) -> None:
    with pytest.raises(ValueError, match="probability"):
        verbalised(text)


@given(st.floats(0.001, 1), st.floats(0.001, 1))
def test_p_true_falls_with_the_probability_of_true(for_it: float, against: float) -> None:
    token = Token("True", math.log(for_it), (("True", math.log(for_it)), ("False", math.log(against))))
    assert p_true([token], "True", "False") == pytest.approx(against / (for_it + against))


@given(st.floats(0, 1))
def test_a_probability_is_read_as_it_is_written(value: float) -> None:
    assert verbalised(f"{value:.4f}") == pytest.approx(1 - round(value, 4))
