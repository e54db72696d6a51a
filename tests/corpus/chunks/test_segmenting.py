"""Sentences and words as offsets, and a segmenter that may fail."""

from __future__ import annotations

import logging
import sys
from itertools import pairwise
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.corpus.chunks.segmenting import sentence_spans, trim, word_spans
from tests.corpus.chunks.material import texts

anything = texts | st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(anything, st.sampled_from(["en", "de", "zh", "ja", "xx"]), st.lists(st.integers(0, 60), max_size=3))
def test_sentences_hold_all_that_is_not_white_space(text: str, language: str, borders: list[int]) -> None:
    within = [border for border in borders if border <= len(text)]
    spans = sentence_spans(text, language, within)
    assert all(a < b and text[a:b] == text[a:b].strip() for a, b in spans)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
    assert not any(a < border < b for a, b in spans for border in within)
    assert "".join("".join(text[a:b] for a, b in spans).split()) == "".join(text.split())


def test_sentences_of_english() -> None:
    text = "We use Dr. Smith's k=5 (cf. Fig. 2). It gains 3.5% over v1.2! Does it?\n\nNew paragraph e.g. this one"
    assert [text[a:b] for a, b in sentence_spans(text)] == [
        "We use Dr. Smith's k=5 (cf. Fig. 2).",
        "It gains 3.5% over v1.2!",
        "Does it?",
        "New paragraph e.g. this one",
    ]


def test_white_space_of_several_bytes_does_not_break_it(caplog: pytest.LogCaptureFixture) -> None:
    text = "A plan.\u3000Then plan B\u00a0. It works."
    assert [text[a:b] for a, b in sentence_spans(text)] == ["A plan.", "Then plan B\u00a0.", "It works."]
    assert caplog.records == []


def test_a_list_in_running_text_does_not_swallow_what_follows() -> None:
    sentences = [
        "We ask three questions.",
        "(1) Does it hold (at least for small k)?",
        "(2) Does it hold for others?",
        "The first has an answer that takes some room to write down, so that the text is long enough to matter.",
        "The second has none (yet).",
        "We close with a remark.",
    ]
    text = " ".join(sentences)
    assert [text[a:b] for a, b in sentence_spans(text)] == sentences


def test_a_long_text_is_cut_as_its_parts_are(caplog: pytest.LogCaptureFixture) -> None:
    sentences = [f"Sentence number {n} says (so to speak) a thing." for n in range(60)]
    for joint in ("\n\n", "\n", " "):
        text = "\n\n".join(joint.join(sentences) for _ in range(20))
        assert [text[a:b] for a, b in sentence_spans(text)] == sentences * 20
    assert caplog.records == []


class Panic(BaseException):
    """What a Rust panic is in Python."""


Panic.__module__ = "pyo3_runtime"


def fail(language: str, text: str) -> list[str]:
    raise Panic("index out of bounds")


@pytest.mark.parametrize("segment", [fail, lambda language, text: ["lost ", "some"]])
def test_a_segmenter_that_fails_gives_lines_and_is_told(
    segment: object, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "sentencex", SimpleNamespace(segment=segment))
    with caplog.at_level(logging.WARNING, "ragkit"):
        assert sentence_spans("One. Two.\nThree.") == [(0, 9), (10, 16)]
    assert "sentencex failed on a text of 16 characters" in caplog.text


def test_an_interruption_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(language: str, text: str) -> list[str]:
        raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "sentencex", SimpleNamespace(segment=interrupt))
    with pytest.raises(KeyboardInterrupt):
        sentence_spans("One. Two.")


@given(anything)
def test_words(text: str) -> None:
    assert [text[a:b] for a, b in word_spans(text)] == text.split()
    start, end = trim(text, 0, len(text))
    assert text[start:end] == text.strip()
