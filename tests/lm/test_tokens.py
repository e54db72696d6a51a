"""The tokens of one field, out of those of a whole reply."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ragkit.lm.tokens import tokens_of


def tokens(*texts: str) -> list[dict]:
    return [{"token": text, "logprob": -0.1 * n, "top": [[text, -0.1 * n]]} for n, text in enumerate(texts)]


def texts(field: str, *given_: str) -> list[str]:
    return [token.text for token in tokens_of(field, tokens(*given_))]


def test_marks_and_white_space_are_left_out():
    reply = ("[[ ## ", "answer", " ## ]]", "\n", "Yes", ",", " it is", ".", "\n\n", "[[ ## completed ## ]]")
    assert texts("answer", *reply) == ["Yes", ",", " it is", "."]
    assert texts("other", *reply) == []


def test_a_token_across_an_end_counts_where_it_holds_text():
    assert texts("a", "[[ ## a ## ]]\nYes", " sir\n\n[[", " ## b ## ]]\nNo") == ["[[ ## a ## ]]\nYes", " sir\n\n[["]


def test_a_reply_without_marks_is_the_field():
    assert texts("answer", "Yes", " sir") == ["Yes", " sir"]


def test_alternatives_are_kept_in_order():
    (token,) = tokens_of("a", [{"token": "Yes", "logprob": -0.5, "top": [["Yes", -0.5], ["No", -1.0]]}])
    assert token.top == (("Yes", -0.5), ("No", -1.0))


WORDS = st.lists(st.text(alphabet="xyz .", min_size=1, max_size=5), min_size=1, max_size=8)


@given(WORDS, WORDS)
def test_the_tokens_spell_the_field(before, answer):
    found = texts("answer", "[[ ## thoughts ## ]]", "\n", *before, "\n\n", "[[ ## answer ## ]]", "\n", *answer, "\n\n",
                  "[[ ## completed ## ]]")  # fmt: skip
    assert "".join("".join(found).split()) == "".join("".join(answer).split())
