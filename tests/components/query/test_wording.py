"""What becomes of the text that an LM wrote as a query."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.components.query._wording import distinct, or_question, tidy


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("adaptive k", "adaptive k"),
        ("  adaptive\n\tk ", "adaptive k"),
        ('"adaptive k"', "adaptive k"),
        ("“adaptive k”", "adaptive k"),
        ('" "adaptive" "', '" "adaptive" "'),
        ('"adaptive" and "fixed"', '"adaptive" and "fixed"'),
        ("'\"adaptive k\"'", "adaptive k"),
        ('"', '"'),
        ('""', ""),
    ],
)
def test_tidy(written, expected):
    assert tidy(written) == expected


@given(text=st.text(max_size=40))
def test_tidy_changes_nothing_twice_and_keeps_every_word(text):
    once = tidy(text)
    assert tidy(once) == once
    assert "\n" not in once
    assert once.strip("\"'“”‘’` ").split() == " ".join(text.split()).strip("\"'“”‘’` ").split()


def test_nothing_is_the_question_and_told():
    assert or_question(" find me\n", "q") == ("find me", ())
    assert or_question('" "', "q") == ("q", ("the LM wrote nothing: the question stands in its place",))


def test_distinct_leaves_out_what_was_said():
    assert distinct(["B", "", "a?", "b.", "c"], known=["A"]) == (["B", "c"], 3)
    assert distinct([]) == ([], 0)
