"""How strange the words of a question are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.components.route._words import NAMES, strangeness
from tests.components.fake_corpus import notes


class Vocabulary:
    """A tokenizer that knows two words, one common and one rare; it cuts others into letters."""

    def word_pieces(self, words: Sequence[str]) -> list[tuple[int, float]]:
        known = {"rain": 0.1, "crag": 0.9}
        return [(1, known[word]) if word in known else (len(word), 1.0) for word in words]


def told(question: str) -> dict[str, float]:
    return dict(zip(NAMES, strangeness(Vocabulary(), [question])[0].tolist(), strict=True))


def test_a_coined_word_is_cut_and_rare_in_whatever_case() -> None:
    found = told("What is HNSW, and what is rain?")
    assert (found["most pieces of a word"], found["words in pieces"], found["share of words in pieces"]) == (3, 1, 0.5)
    assert (found["rarest word"], found["mean rarity"], found["words in capitals"]) == (1.0, pytest.approx(0.55), 1)
    assert told("what is hnsw, and what is rain?") == {**found, "words in capitals": 0}
    assert told("crag")["rarest word"] == 0.9


def test_words_that_only_ask_and_numbers_say_nothing() -> None:
    found = told("What is it, and which of the 7?")
    assert (found["words in pieces"], found["rarest word"], found["mean rarity"], found["only content"]) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("question", "one"), [("what is crag", 1), ("Explain CRAG.", 1), ("what's self-rag?", 1), ("what is a crag", 0),
                          ("what is the crag", 0), ("what is crag for", 0), ("crag", 0), ("what is another", 1)],
)  # fmt: skip
def test_whoever_means_a_thing_writes_an_article(question: str, one: int) -> None:
    assert told(question)["one word without article"] == one


def test_bare_short_and_compared() -> None:
    assert (told("crag rain")["only content"], told("crag rain")["is short"], told("crag rain")["versus"]) == (1, 1, 0)
    assert (told("crag vs. rain, please?")["versus"], told("crag vs. rain, please?")["is short"]) == (1, 0)


@given(st.lists(st.text(max_size=80), max_size=5))
def test_every_text_has_numbers(texts: list[str]) -> None:
    found = strangeness(notes(), texts)
    assert found.shape == (len(texts), len(NAMES))
    assert np.isfinite(found).all()
