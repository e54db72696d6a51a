"""memory.reservoir and memory.trigger: what is remembered, what is forgotten, and when nothing is searched for."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.components.memory import _store
from ragkit.components.memory.reservoir import Reservoir
from ragkit.components.memory.trigger import Trigger
from ragkit.testing import FakeReader
from ragkit.types import Passage, Passages
from tests.components.fake_corpus import FakeScope, notes


@pytest.fixture(autouse=True)
def empty():
    _store.forget()
    yield
    _store.forget()


def keep(passages, reader=None, **params):
    return Reservoir(Reservoir.Params(**params), FakeScope(reader or notes())).run(passages)


def look(question, reader=None, **params):
    return Trigger(Trigger.Params(**params), FakeScope(reader or notes())).run(question)


def read(*names):
    return Passages([notes().passage(f"{name}#0").scored("cosine", 0.5) for name in names], "cosine")


def test_an_empty_memory_asks_for_retrieval():
    result = look("What is BM25?", titles=1)
    assert result.value.retrieve
    assert len(result.value.passages) == 0
    assert result.decision.reason == ("0 titles of 0 remembered have a cosine of at least 0.6, 1 are needed: retrieve")


def test_what_was_read_is_not_searched_for_again():
    found = read("bm25", "hnsw")
    kept = keep(found)
    assert (kept.value.passages, kept.value.size, kept.warnings) == (found, 2, ())
    result = look("BM25", titles=1)
    assert not result.value.retrieve
    (passage,) = result.value.passages
    assert (passage.id, list(passage.scores)) == ("bm25#0", ["title_cosine"])
    assert passage.scores["title_cosine"] == pytest.approx(1.0)
    assert (result.decision.kind, result.decision.score, result.decision.threshold) == ("gate", 1.0, 1.0)
    assert look("BM25", titles=2).value.retrieve, "one title is too few"
    assert look("BM25", titles=2).value.popularity == 1
    assert look("adaptive", titles=1).value.retrieve


def test_the_cosine_counts_from_the_threshold_on():
    keep(read("bm25"))
    cosine = look("BM25 and HNSW", like=-1).value.passages[0].scores["title_cosine"]
    assert 0.1 < cosine < 0.9
    assert not look("BM25 and HNSW", like=cosine, titles=1).value.retrieve
    assert look("BM25 and HNSW", like=cosine + 1e-6, titles=1).value.retrieve


def test_of_one_document_several_passages_are_one_title():
    one, two = (Passage(f"d#{i}", "d", "Alpha", f"Text {i}.") for i in range(2))
    keep(Passages([one]))
    assert keep(Passages([two, one])).value.size == 1
    result = look("Alpha", titles=2)
    assert (result.value.popularity, result.value.retrieve) == (1, True)
    assert {p.id for p in result.value.passages} == {"d#0", "d#1"}
    assert len(look("Alpha", k=1).value.passages) == 1


def test_a_blank_title_is_stood_for_by_the_text():
    keep(Passages([Passage("x", "x", " ", "gamma delta")]))
    assert not look("gamma delta", titles=1).value.retrieve


def test_a_full_memory_forgets_what_was_used_longest_ago_and_says_so():
    keep(read("bm25"), most=2)
    keep(read("hnsw"), most=2)
    look("BM25", titles=1)
    result = keep(read("caching"), most=2)
    assert result.warnings == ("the memory 'default' is full ('most'): forgot 1 document, used longest ago",)
    assert look("HNSW", titles=1).value.retrieve, "it was used longest ago"
    assert not look("BM25", titles=1).value.retrieve


def test_memories_of_other_names_and_other_versions_are_others():
    keep(read("bm25"), name="one")
    assert look("BM25", titles=1, name="two").value.retrieve
    newer = FakeReader()
    newer.version = "v2"
    assert look("BM25", newer, titles=1, name="one").value.retrieve
    assert look("BM25", titles=1, name="one").value.retrieve, "the old index's memory is gone"


def test_titles_are_encoded_once():
    reader = notes()
    keep(read("bm25", "hnsw"), reader)
    keep(read("bm25", "caching"), reader)
    keep(read("bm25"), reader)
    assert reader.calls == ["encode 2", "encode 1"]


def test_threads_share_one_memory_and_lose_nothing():
    reader = FakeReader({f"doc{i}": [f"Text {i}."] for i in range(40)})
    parts = [Passages(reader.passages(range(start, start + 10))) for start in range(0, 40, 10)]
    threads = [threading.Thread(target=lambda part=part: keep(part, reader)) for part in parts for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert keep(Passages(), reader).value.size == 40


@given(st.lists(st.integers(0, 9), max_size=30), st.integers(1, 5))
def test_never_more_than_the_most(names, most):
    _store.forget()
    for name in names:
        size = keep(Passages([Passage(str(name), str(name), f"T{name}", "x y z")]), most=most).value.size
        assert 1 <= size <= most
