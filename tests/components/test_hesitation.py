"""Words and their probabilities: what pieces of words come to, and what is left without the uncertain ones."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.components.hesitation import certain, is_content, spans, words_of
from ragkit.errors import LMError
from ragkit.types import Token


def tokens(*pairs):
    """Tokens from texts and probabilities."""
    return [Token(text, math.log(p)) for text, p in pairs]


SENTENCE = tokens(("Ad", 0.9), ("aptive", 0.3), ("-k", 0.99), (" is", 0.2), (" from", 0.95), (" 2025", 0.5), (".", 0.4))


def test_a_word_is_as_probable_as_its_least_probable_piece():
    found = [(word.text, round(word.value, 6)) for word in words_of(SENTENCE, "probability")]
    assert found == [("Adaptive-k", 0.3), ("is", 0.2), ("from", 0.95), ("2025.", 0.4)]


def test_white_space_has_no_say():
    assert [
        w.value for w in words_of(tokens(("\n", 0.01), (" one", 0.9), ("  ", 0.01), ("two", 0.8)), "probability")
    ] == [
        pytest.approx(0.9),
        pytest.approx(0.8),
    ]


def test_a_word_has_the_mean_entropy_of_its_pieces():
    even = Token("a", math.log(0.5), (("b", math.log(0.5)),))
    sure = Token("c", 0.0, (("d", -50.0),))
    (word,) = words_of([even, sure], "entropy")
    assert word.value == pytest.approx(math.log(2) / 2)


def test_what_is_missing_is_told():
    with pytest.raises(LMError, match="no log-probabilities") as error:
        words_of(None, "probability")
    assert "ircot" in error.value.hint
    with pytest.raises(LMError, match="alternatives"):
        words_of([Token("a", 0.0)], "entropy")


@pytest.mark.parametrize(
    ("word", "content"),
    [("The", False), ("“which”", False), ("—", False), ("list", True), ("Adaptive-k,", True), ("3", True), ("", False)],
)
def test_content_words(word, content):
    assert is_content(word) is content


def test_words_that_stand_together_are_one_span_and_the_rest_is_the_query():
    words = words_of(SENTENCE, "probability")
    assert spans(words, "probability", 0.45, "all") == ["Adaptive-k is", "2025"]
    assert certain(words, "probability", 0.45, "all") == "from"
    assert spans(words, "probability", 0.45, "content") == ["Adaptive-k", "2025"]
    assert certain(words, "probability", 0.1, "content") == "Adaptive-k 2025."
    assert spans(words, "probability", 0.1, "all") == []


pieces = st.lists(
    st.tuples(st.text(st.sampled_from("ab .-é\n"), min_size=1, max_size=4), st.floats(0.01, 1.0)), max_size=12
)


@given(pieces, st.floats(0, 1))
def test_every_word_is_kept_or_in_a_span(given_pieces, threshold):
    made = tokens(*given_pieces)
    words = words_of(made, "probability")
    assert [word.text for word in words] == "".join(token.text for token in made).split()
    kept = certain(words, "probability", threshold, "all").split()
    doubted = [word.text for word in words if word.uncertain("probability", threshold, "all")]
    assert sorted(kept + doubted) == sorted(word.text for word in words)
    lowest = min((math.exp(t.logprob) for t in made if t.text.strip()), default=1.0)
    assert bool(doubted) == (lowest < threshold and bool(words))
