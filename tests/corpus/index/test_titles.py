"""Titles that a text mentions."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.corpus.index.titles import Titles

TITLES = {
    "film": "Frida (2002 film)",
    "book": "Frida (book)",
    "will": "Will",
    "beatles": "The Beatles Anthology",
    "self": "Self-RAG: Learning to Retrieve",
    "york": "New York",
    "times": "New York Times",
    "year": "1984",
    "the": "The",
    "lower": "retrieval",
    "scribner": "Charles Scribner's Sons",
    "none": "",
}


def mentioned(text):
    return [(text[m.start : m.end], m.documents) for m in Titles(TITLES.items()).mentioned(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("She played in Frida, too.", [("Frida", ("film", "book"))]),
        ("Frida (2002 film) ended. Will she?", [("Frida (2002 film", ("film",))]),
        ("the Beatles Anthology is long", [("Beatles Anthology", ("beatles",))]),
        ("as Self-RAG does", [("Self-RAG", ("self",))]),
        ("The New York Times, and New York's mayor", [("New York Times", ("times",)), ("New York's", ("york",))]),
        ("by Charles Scribner's Sons.", [("Charles Scribner's Sons", ("scribner",))]),
        ("in 1984, The end; retrieval and Retrieval; will he?", []),
        ("", []),
    ],
)
def test_the_longest_title_at_each_place_as_it_is_written(text, found):
    assert mentioned(text) == found


@given(st.lists(st.sampled_from(["New", "York", "Times", "Frida", "the", "Beatles", "Anthology", "x"]), max_size=12))
def test_mentions_are_in_order_do_not_overlap_and_name_documents(words):
    text = " ".join(words)
    found = Titles(TITLES.items()).mentioned(text)
    assert all(left.end <= right.start for left, right in itertools.pairwise(found))
    assert all(mention.documents and set(mention.documents) <= set(TITLES) for mention in found)
    assert sum("York" in text[m.start : m.end] for m in found) == text.count("New York")
