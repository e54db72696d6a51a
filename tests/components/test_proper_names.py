"""Names by how they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.components.proper_names import proper_names, words_of


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Henry II was married to Eleanor of Aquitaine.", ["Henry II", "Eleanor of Aquitaine"]),
        ('Who was in "Beyond Rangoon" and "true romance?"', ["Beyond Rangoon", "true romance"]),
        ("Rare words count more. The rest does not.", []),
        ("Paris is old. He likes Paris and Rome's streets.", ["Paris", "Rome"]),
        ("What does Self-RAG do that CRAG does not?", ["Self-RAG", "CRAG"]),
        ("The John H. Johnson President's Award", ["John H. Johnson President's Award"]),
        ("the 442nd Infantry Regiment fought in 1944", ["442nd Infantry Regiment"]),
        ("GPT-4 came first, at the Battle of the Somme", ["GPT-4", "Battle of the Somme"]),
        ("Charles de Gaulle and the", ["Charles de Gaulle"]),
        ("", []),
    ],
)
def test_names(text, names):
    assert proper_names(text) == names


@given(st.text(max_size=80))
def test_any_text_gives_names_that_stand_in_it_each_once(text):
    names = proper_names(text)
    assert len(set(names)) == len(names)
    assert all(name in text for name in names)


def test_two_mentions_of_a_name_have_its_words_in_common():
    assert words_of("Charles Scribner’s Sons") == words_of("charles scribner's sons") == ("charles", "scribner", "sons")
    assert words_of("Dr. U.S.") == ("dr", "u.s")
