"""compress.strips: strips word for word, true offsets, the best first."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.components.compress.strips import Strips
from ragkit.testing import FakeReader
from ragkit.types import Passage, Passages
from tests.components.fake_corpus import FakeScope, notes
from tests.components.helpers import ids

QUESTION = "At the largest gap between neighbouring scores the ranked list is cut?"


def cut(passages, reader=None, question=QUESTION, **params):
    return Strips(Strips.Params(**params), FakeScope(reader or notes())).run(question, passages)


def whole(*names):
    return Passages([notes().passage(f"{name}#0").scored("cosine", 0.5) for name in names], "cosine")


def test_the_strip_that_fits_best_comes_first_with_true_offsets():
    found = whole("adaptive-k", "bm25")
    result = cut(found, sentences=1)
    first = result.value[0]
    assert first.text == "It cuts the ranked list at the largest gap between neighbouring scores."
    assert first.text == found[0].text[first.start : first.end]
    assert (first.doc_id, first.title, first.parts, list(first.scores)) == (
        "adaptive-k", "Adaptive-K", ("adaptive-k#0",), ["sentence_cosine"],
    )  # fmt: skip
    assert first.tokens == len(f"{first.title} {first.text}".replace("-", " ").split())
    assert result.value.ranked_by == "sentence_cosine"
    assert len(result.value) == 5
    assert result.decision.reason == "2 passages cut into 5 strips, 5 kept"


def test_sentences_of_a_strip_stay_together_and_the_last_may_be_short():
    result = cut(whole("adaptive-k"), sentences=2)
    by_id = {strip.id: strip.text for strip in result.value}
    assert by_id["adaptive-k#0/1"].endswith("neighbouring scores.")
    assert by_id["adaptive-k#0/2"] == "A buffer of five passages is added for safety."


def test_strips_that_say_too_little_are_dropped_and_counted():
    reader = FakeReader({"d": ["Yes.", "This one has more than four words."]})
    result = cut(Passages(reader.passages([0])), reader, sentences=1)
    assert ids(result.value) == ["d#0/2"]
    assert "1 of fewer than 4 words dropped" in result.decision.reason
    assert len(cut(Passages(reader.passages([0])), reader, sentences=1, min_words=0).value) == 2


def test_most_keeps_the_best_of_all_passages():
    every = cut(whole("adaptive-k", "bm25", "hnsw"), sentences=1)
    assert ids(cut(whole("adaptive-k", "bm25", "hnsw"), sentences=1, most=2).value) == ids(every.value)[:2]


def test_a_passage_from_elsewhere_is_cut_too_and_this_is_said():
    foreign = Passage("x", "x", "", "A merged text of seven whole words. And a second one of so many words.")
    result = cut(Passages([foreign]), sentences=1)
    assert len(result.value) == 2
    assert (result.value[0].start, result.value[0].end) == (None, None)
    assert "not stand in the index" in result.warnings[0]


def test_a_passage_within_its_document_has_shifted_offsets():
    shifted = Passages([replace(whole("bm25")[0], start=100, end=100 + len(whole("bm25")[0].text))])
    strip = next(s for s in cut(shifted, sentences=1).value if s.id.endswith("/2"))
    assert shifted[0].text[strip.start - 100 : strip.end - 100] == strip.text


def test_nothing_in_nothing_out():
    assert len(cut(Passages()).value) == 0


def test_a_batch_gives_what_single_runs_give():
    step = Strips(Strips.Params(), FakeScope(notes()))
    items = [{"question": QUESTION, "passages": whole("bm25")}, {"question": "x", "passages": Passages()}]
    assert [r.value for r in step.run_batch(items)] == [step.run(**item).value for item in items]


@given(st.integers(1, 5), st.sets(st.sampled_from(["adaptive-k", "bm25", "modular-rag"]), min_size=1))
def test_strips_hold_every_sentence_once(sentences, names):
    found = whole(*sorted(names))
    strips = cut(found, sentences=sentences, min_words=0).value
    for passage in found:
        own = sorted((s for s in strips if s.parts == (passage.id,)), key=lambda s: s.start)
        assert " ".join(s.text for s in own) == passage.text


@pytest.mark.parametrize("wrong", [{"sentences": 0}, {"most": 0}, {"min_words": -1}])
def test_wrong_parameters(wrong):
    with pytest.raises(ValueError):
        Strips.Params(**wrong)
