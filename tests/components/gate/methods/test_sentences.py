"""Tokens sentence by sentence: every token that spells something belongs to one sentence, in order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ragkit.components.gate.methods.sentences import sentences_of
from ragkit.types import Token


def spelled(*texts: str) -> list[Token]:
    return [Token(text, -0.1) for text in texts]


def test_a_space_before_a_word_does_not_pull_it_into_the_sentence_before() -> None:
    found = sentences_of(spelled("\n", "Par", "is", " is big", ".", " It", " is", " in France", ".", "\n"))
    assert [sentence.text for sentence in found] == ["Paris is big.", "It is in France."]
    assert ["".join(token.text for token in sentence.tokens) for sentence in found] == [
        "Paris is big.", " It is in France.\n",
    ]  # fmt: skip
    assert [(sentence.start, sentence.end) for sentence in found] == [(1, 14), (15, 31)]


def test_white_space_between_sentences_belongs_to_the_one_before() -> None:
    found = sentences_of(spelled("One.", " ", "Two."))
    assert [[token.text for token in sentence.tokens] for sentence in found] == [["One.", " "], ["Two."]]


def test_no_tokens_and_nothing_but_white_space_have_no_sentences() -> None:
    assert sentences_of([]) == []
    assert sentences_of(spelled(" ", "\n")) == []


@given(st.lists(st.sampled_from(["Paris", " is", " big", ".", " It", "\n", " ", "!", " Dr", " 3.5"]), max_size=30))
def test_every_token_that_spells_something_is_in_one_sentence(texts: list[str]) -> None:
    tokens = spelled(*texts)
    found = [token for sentence in sentences_of(tokens) for token in sentence.tokens]
    kept = [token for token in tokens if token.text.strip()]
    assert [token for token in found if token.text.strip()] == kept
