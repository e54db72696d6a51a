"""FLARE's implicit query."""

from __future__ import annotations

import math

from ragkit.components.query.masked import Masked
from ragkit.types import Token

TOKENS = [
    Token(text, math.log(p)) for text, p in ((("It"), 0.9), (" cuts", 0.9), (" after", 0.9), (" t", 0.9), ("en.", 0.1))
]


def run(tokens=TOKENS, **parameters):
    return Masked(Masked.Params(**parameters)).run("Where does it cut?", "It cuts after ten.", tokens)


def test_uncertain_words_are_left_out_whole():
    result = run()
    assert result.value == ("It cuts after", ["It cuts after"])
    assert result.decision.reason == "“It cuts after”, without “ten”"
    assert result.decision.threshold == 0.4 and result.decision.details["left out"] == ["ten"]


def test_only_content_words_where_it_is_so_wanted():
    assert run(words="content").value.query == "cuts"


def test_the_question_stands_where_no_word_is_left():
    result = run(threshold=0.95)
    assert result.value == ("Where does it cut?", ["Where does it cut?"])
    assert "the question stands" in result.decision.reason
    assert run([]).value.query == "Where does it cut?"
