"""Whether a sentence is doubted, and at which word."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from ragkit.components.catalogue import Catalogue
from ragkit.components.judge.confidence import Confidence
from ragkit.errors import LMError, SpecError
from ragkit.spec.load import load_text
from ragkit.types import Token

TOKENS = [Token("It", math.log(0.3)), Token(" cuts", math.log(0.9)), Token(" ten", math.log(0.6)), Token(".", 0.0)]


def run(tokens=TOKENS, **parameters):
    return Confidence(Confidence.Params(**parameters)).run("It cuts ten.", tokens)


def test_the_least_probable_word_decides_and_stands_in_the_trace():
    result = run(threshold=0.65)
    assert result.value == (False, pytest.approx(0.3))
    d = result.decision
    assert (d.kind, d.score, d.threshold) == ("gate", pytest.approx(0.3), 0.65)
    assert d.details["word"] == "It" and d.details["place"] == 1
    assert d.details["uncertain"] == {"It": 0.3, "ten.": 0.6}
    assert d.reason == "“It” has the probability 0.300, below 0.65: 2 of 3 words uncertain"


def test_at_the_threshold_a_word_is_certain():
    assert run([Token("ten", math.log(0.5))], threshold=0.5).value.confident
    assert run(threshold=0.0).value.confident


def test_function_words_can_be_left_out():
    result = run(threshold=0.5, words="content")
    assert result.value == (True, pytest.approx(0.6))
    assert "0 of 2 words" in result.decision.reason


def test_entropies_are_looked_at_from_above():
    even = Token("ten", math.log(0.5), (("six", math.log(0.5)),))
    assert run([even], measure="entropy", threshold=0.6).value == (False, pytest.approx(math.log(2)))
    assert run([even], measure="entropy", threshold=0.7).value.confident


def test_a_sentence_without_words_is_not_doubted():
    assert run([], threshold=1.0).value == (True, 1.0)
    assert run([], measure="entropy", threshold=0.1).value == (True, 0.0)


def test_no_log_probabilities_is_an_error():
    with pytest.raises(LMError, match="no log-probabilities"):
        run(None)


@pytest.mark.parametrize(
    ("measure", "threshold", "told"), [("probability", 1.5, "at most 1"), ("entropy", 1.8, "at most 1.79")]
)
def test_a_threshold_that_nothing_can_cross_is_refused(measure, threshold, told):
    text = f"""version: 1
lm: openai/any
corpus: papers
steps:
  next: {{use: generate.next_sentence, so_far: {{value: ""}}}}
  sure:
    {{use: judge.confidence, sentence: next.sentence, tokens: next.logprobs,
      measure: {measure}, threshold: {threshold}}}
  found: {{use: retrieve.bm25, when: sure.confident}}
  answer: {{use: generate.conclude, text: next.sentence, passages: found}}
output: answer
"""
    with pytest.raises(SpecError, match=told):
        load_text(text, "test.yaml", base=Path(), catalogue=Catalogue())
