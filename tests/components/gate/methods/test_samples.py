"""Measures over sampled answers, computed by hand; what holds of them on every set of samples."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.components.gate.methods.samples import (
    frequency_entropy,
    log_sum,
    monte_carlo_entropy,
    normalised_monte_carlo_entropy,
    semantic_entropy,
)
from ragkit.types import Token


def sample(text: str, *probabilities: float) -> list[Token]:
    return [Token(f"{text}{place}", math.log(p)) for place, p in enumerate(probabilities)]


PARIS, SEINE, LYON = sample("Paris", 0.5), sample("City", 0.5, 0.25), sample("Lyon", 0.25)


def test_monte_carlo_entropy_is_the_mean_surprise_of_samples() -> None:
    assert monte_carlo_entropy([PARIS, SEINE, LYON]) == pytest.approx((1 + 3 + 2) * math.log(2) / 3)
    assert normalised_monte_carlo_entropy([PARIS, SEINE, LYON]) == pytest.approx((1 + 1.5 + 2) * math.log(2) / 3)


def test_semantic_entropy_adds_up_what_means_the_same() -> None:
    # p(c0) = 1/2 + 1/8 = 5/8, p(c1) = 1/4; two of the three samples are of c0.
    wanted = -(2 * math.log(5 / 8) + math.log(1 / 4)) / 3
    assert semantic_entropy([0, 0, 1], [PARIS, SEINE, LYON]) == pytest.approx(wanted)


def test_an_answer_that_is_drawn_twice_has_its_probability_once() -> None:
    assert semantic_entropy([0, 0], [PARIS, PARIS]) == pytest.approx(math.log(2))


def test_without_tokens_the_shares_of_meanings_count() -> None:
    assert frequency_entropy([0, 0, 0, 0]) == 0.0
    assert frequency_entropy([0, 1, 2, 3]) == pytest.approx(math.log(4))
    assert frequency_entropy([0, 0, 1, 2]) == pytest.approx(1.5 * math.log(2))


def test_sums_of_what_would_underflow() -> None:
    assert log_sum([-2000.0, -2000.0]) == pytest.approx(-2000.0 + math.log(2))
    assert log_sum([]) == -math.inf


def test_no_samples_and_lists_that_do_not_fit_are_refused() -> None:
    for nothing in (lambda: monte_carlo_entropy([]), lambda: frequency_entropy([]), lambda: semantic_entropy([], [])):
        with pytest.raises(ValueError, match="no samples"):
            nothing()
    with pytest.raises(ValueError, match="no tokens"):
        monte_carlo_entropy([PARIS, []])
    with pytest.raises(ValueError, match="zip"):
        semantic_entropy([0], [PARIS, LYON])


SAMPLES = st.lists(
    st.lists(st.floats(-8, 0), min_size=1, max_size=5).map(lambda ps: [Token(f"{p}", p) for p in ps]),
    min_size=1, max_size=8,
)  # fmt: skip


@given(SAMPLES, st.data())
def test_joining_meanings_makes_nothing_less_certain(samples: list[list[Token]], data: st.DataObject) -> None:
    n = len(samples)
    clusters = data.draw(st.lists(st.integers(0, n), min_size=n, max_size=n))
    joined = [0 if cluster in (0, 1) else cluster for cluster in clusters]
    assert 0 <= semantic_entropy(joined, samples) <= semantic_entropy(clusters, samples) + 1e-9
    assert semantic_entropy(clusters, samples) <= monte_carlo_entropy(samples) + 1e-9
    assert 0 <= frequency_entropy(joined) <= frequency_entropy(clusters) + 1e-9 <= math.log(n) + 2e-9
