"""Values in words."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragkit.trace.values import Opaque
from ragkit.trace.words import counted, duration, in_words, number, one_line, visible
from ragkit.types import Answer, Label, Parts, Passage, Passages, Token, Turn

from .samples import answer_from, ranked
from .test_codec import port_values


@given(st.text(), st.integers(8, 60))
def test_one_line_is_one_line_and_not_longer(text: str, most: int) -> None:
    line = one_line(text, most)
    assert len(line) <= most
    assert len(line.splitlines()) <= 1
    assert "\x1b" not in line


def test_a_cut_is_seen_and_falls_between_words() -> None:
    assert one_line("the quick brown fox jumps", 17) == "the quick brown…"
    assert one_line("x" * 30, 10) == "x" * 9 + "…"
    assert one_line("  a \n b\t") == "a b"


@given(port_values)
@settings(max_examples=50)
def test_every_value_has_words_on_one_line(value: Any) -> None:
    words = in_words(value, 60)
    assert words
    assert "\n" not in words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (ranked(3), "3 passages by cosine"),
        (Passages(), "0 passages"),
        (ranked(1)[0], "passage doc0:0"),
        (answer_from(ranked(2)), "an answer with 1 citation"),
        (Answer("no", abstained=True), "no answer (it abstained)"),
        (Label("multi"), "label 'multi'"),
        (True, "True"),
        (0.123456, "0.1235"),
        (3, "3"),
        (None, "nothing"),
        ("a\nb", "“a b”"),
        (Turn("user", "hello"), "user: “hello”"),
        ([], "an empty list"),
        ([Token("a", -0.1), Token("b", -0.2)], "2 tokens with log-probabilities"),
        (["a", 1], "[“a”, 1]"),
        (Parts([ranked(2), ranked(3)]), "2 lists of passages (2, 3)"),
        ({"a": [Passage("x", "x", "", "")]}, "{a: [passage x]}"),
        (numpy.float32(0.5), "0.5"),
        (numpy.zeros((2, 3)), "array (2, 3)"),
        (Opaque("builtins.set", "{1}"), "builtins.set"),
    ],
)
def test_words(value: Any, words: str) -> None:
    assert in_words(value) == words


@pytest.mark.parametrize(
    ("nanoseconds", "words"),
    [(0, "0 µs"), (840_000, "840 µs"), (12_400_000, "12.4 ms"), (3.2e9, "3.20 s"), (125e9, "2 min 05 s")],
)
def test_durations(nanoseconds: float, words: str) -> None:
    assert duration(nanoseconds) == words


def test_counts_and_numbers() -> None:
    assert counted(1, "passage") == "1 passage"
    assert counted(2000, "passage") == "2,000 passages"
    assert number(12345.678) == "1.235e+04"
    assert number(float("nan")) == "nan"
    assert visible("a\x07\nb\u202e") == "a\\x07\nb\\x202e"
