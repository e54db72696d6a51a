"""FLARE's explicit queries."""

from __future__ import annotations

import math

from ragkit.components.query.spans import Spans
from ragkit.types import Token
from tests.components.asking import step

SENTENCE = "Ten papers by Su cut lists."
CHANCES = (0.1, 0.9, 0.9, 0.2, 0.9, 0.3)
TOKENS = [Token(f"{word} ", math.log(p)) for word, p in zip(SENTENCE.split(), CHANCES, strict=True)]


def test_each_uncertain_part_is_asked_about_up_to_the_most():
    asking, lm = step(Spans, {"questions": ["How many?", "Who?", "how many"]}, most=2)
    result = asking.run("It is.", SENTENCE, TOKENS)
    assert result.value == ("How many? Who?", ["How many?", "Who?"])
    assert lm.requests[0].fields == {"text": f"It is. {SENTENCE}", "parts": "1. Ten\n2. Su"}
    assert result.decision.reason == "2 questions about 2 uncertain parts; 1 more not asked about"
    assert result.decision.details["parts"] == ["Ten", "Su", "lists"]


def test_more_questions_than_parts_may_have_are_not_searched_for():
    asking, _ = step(Spans, {"questions": ["a?", "b?", "c?"]}, most=1)
    assert asking.run("", SENTENCE, TOKENS).value.queries == ["a?"]


def test_without_an_uncertain_part_the_sentence_is_the_query():
    asking, lm = step(Spans, threshold=0.05)
    assert asking.run("", SENTENCE, TOKENS).value == (SENTENCE, [SENTENCE])
    assert lm.requests == []


def test_without_a_question_the_sentence_is_the_query_with_a_warning():
    asking, _ = step(Spans, {"questions": [" "]})
    result = asking.run("", SENTENCE, TOKENS)
    assert result.value.queries == [SENTENCE] and "asked nothing" in result.warnings[0]
