"""The answer at the end of a text."""

from __future__ import annotations

import pytest

from ragkit.components.generate.conclude import Conclude
from ragkit.types import Answer
from tests.components.helpers import ranked

FOUND = ranked([0.9, 0.5])


def run(text, answer=None):
    return Conclude(Conclude.Params()).run(text, FOUND, answer)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("It cuts. So the answer is: at a gap.", "at a gap."),
        ("The answer is — 3", "3"),
        ("The answer is 1. No, the answer is\n2.", "2."),
        ("Straße ẞ İ. The answer is: ß.", "ß."),
    ],
)
def test_what_follows_the_last_ending_is_the_answer(text, answer):
    result = run(text)
    assert result.value == Answer(answer, (), FOUND)
    assert result.warnings == ()


@pytest.mark.parametrize("text", ["It cuts.", "It cuts. So the answer is", "It cuts. So the answer is: "])
def test_a_text_without_an_end_is_the_answer_with_a_warning(text):
    result = run(text)
    assert result.value.text == text.strip() and not result.value.abstained
    assert "whole of it" in result.warnings[0] == result.decision.reason


def test_an_empty_text_abstains():
    result = run(" ")
    assert result.value.abstained and result.value.passages == FOUND


def test_an_answer_that_is_there_is_handed_on():
    other = Answer("Yes [1].")
    result = run("It cuts.", other)
    assert result.value is other and result.warnings == ()
