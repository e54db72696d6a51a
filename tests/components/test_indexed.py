"""Which passages the index holds, and their vectors."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ragkit.components.indexed import locate, number_by_id, number_of
from ragkit.types import Passage
from tests.components.fake_corpus import encode, notes

READER = notes()
KNOWN, OTHER = READER.passage("bm25#0"), READER.passage("hnsw#0")
CHANGED = replace(KNOWN, text="BM25 ranks.")
FOREIGN = Passage("web", "web", "Web", "From elsewhere.")


def test_a_passage_is_held_where_its_text_is_the_same():
    assert number_by_id("bm25#0", READER) == number_of(KNOWN, READER) == 1
    assert number_of(CHANGED, READER) is None
    assert number_by_id("web", READER) is None


def test_vectors_are_read_or_made_and_stay_in_order():
    reader = notes()
    found = locate([FOREIGN, KNOWN, CHANGED, OTHER], reader)
    assert found.numbers == [None, 1, None, 3]
    assert found.vectors[1] == pytest.approx(reader.rows[1])
    assert found.vectors[3] == pytest.approx(reader.rows[3])
    assert found.vectors[[0, 2]] == pytest.approx(encode(["Web\nFrom elsewhere.", "Bm25\nBM25 ranks."]))
    assert reader.calls == ["vectors 2", "encode 2"]
    assert found.told == ("2 passages do not stand in the index in these words: encoded now",)


def test_nothing_is_made_where_all_is_held():
    reader = notes()
    assert locate([KNOWN], reader).told == ()
    assert reader.calls == ["vectors 1"]
    assert locate([], reader).numbers == []
