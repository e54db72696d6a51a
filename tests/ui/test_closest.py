"""The sentence of a cited passage that is closest to a statement: found by words, or none where nothing is close."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.closest import closest, statements

PASSAGE = (
    "Retrieval may return poor documents. A lightweight evaluator grades each retrieved document. "
    "Where grades are low, web searches are used instead. The authors thank their colleagues."
)


def shown(answer: str, number: int = 1, passage: str = PASSAGE) -> str | None:
    span = closest(answer, number, passage)
    return None if span is None else passage[slice(*span)]


@pytest.mark.parametrize(
    ("answer", "number", "said"),
    [
        ("It grades documents [1]. It searches [2].", 1, ["It grades documents"]),
        ("It grades documents. [1] It searches. [2]", 2, ["It searches."]),
        ("It grades [1] and searches [2, 1].", 1, ["It grades", "It grades and searches"]),
        ("Both are so [11].", 1, []),
        ("[1]", 1, []),
        ("", 1, []),
    ],
)
def test_what_a_passage_is_cited_for(answer: str, number: int, said: list[str]) -> None:
    assert list(statements(answer, number)) == said


def test_the_sentence_that_shares_most_is_closest() -> None:
    assert shown("CRAG has an evaluator that grades documents [1].") == (
        "A lightweight evaluator grades each retrieved document."
    )
    assert shown("With low grades it uses the web [1]. Documents are graded by an evaluator [2].") == (
        "Where grades are low, web searches are used instead."
    )


@pytest.mark.parametrize("answer", ["Whales sing [1].", "The authors are many [1].", "No number at all.", "A 1 [2]."])
def test_nothing_is_close_where_words_are_not_shared(answer: str) -> None:
    assert shown(answer) is None


def test_of_two_that_share_as_much_the_shorter_is_closest() -> None:
    passage = "Grades of documents are made in many ways and by many people. Documents have grades."
    assert shown("Documents get grades [1].", passage=passage) == "Documents have grades."


@given(answer=st.text(max_size=200), passage=st.text(max_size=300))
def test_any_text_has_a_span_within_it_or_none(answer: str, passage: str) -> None:
    span = closest(f"{answer} [1]", 1, passage)
    assert span is None or 0 <= span[0] < span[1] <= len(passage)
