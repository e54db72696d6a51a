"""The sentences of passages with their vectors: from the index where it has them, made on the spot where not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ragkit.components.indexed import locate, number_by_id
from ragkit.types import Passage

if TYPE_CHECKING:
    from ragkit.corpus.reader import Reader

OMISSION = " … "
"""Stands in the text of a compressed passage for what was left out."""
_FEWEST_WORDS = 3
_LEFT_OUT = re.compile("…")
_HEADING = re.compile(r"#{1,6}\s")


@dataclass(frozen=True, slots=True)
class Source:
    """A passage and its sentences: ``spans`` are offsets in its text, in order.

    ``vector`` float32 ``[d]`` is the passage's, ``vectors`` float32 ``[sentences, d]`` are theirs; all of length 1, but
    that a mark of what was left out, which stands between sentences as if it were one, has a vector of zeros.
    """

    passage: Passage
    spans: list[tuple[int, int]]
    vector: Any
    vectors: Any

    def text(self, sentence: int) -> str:
        """A sentence, verbatim."""
        start, end = self.spans[sentence]
        return self.passage.text[start:end]


def read_sentences(passages: Sequence[Passage], reader: Reader) -> tuple[list[Source], tuple[str, ...]]:
    """Every passage with its sentences and vectors, and warnings about those that had to be encoded now.

    The vectors come from the index where it has them. A passage that it does not hold in these words (a merged or a
    compressed one) is cut on the spot; those of its sentences that stand in the passages it was made from have their
    vectors from there, and the others, like all sentences of a corpus that was indexed without sentence vectors, are
    encoded, which takes some milliseconds each.
    """
    import numpy as np

    located = locate(passages, reader)
    sources: list[Source] = []
    foreign = unprepared = 0
    for passage, number, vector in zip(passages, *located, strict=True):
        spans, vectors = (_cut(passage.text), None) if number is None else reader.sentences(number)
        if vectors is None:
            texts = [passage.text[start:end] for start, end in spans]
            known = {} if number is not None else {OMISSION.strip(): np.zeros_like(vector), **_known(passage, reader)}
            missing = [text for text in dict.fromkeys(texts) if text not in known]
            known |= dict(zip(missing, reader.encode(missing), strict=True))
            vectors = np.array([known[text] for text in texts]).reshape(len(texts), len(vector))
            foreign += number is None and bool(missing)
            unprepared += number is not None and bool(missing)
        sources.append(Source(passage, spans, vector, np.asarray(vectors)))
    return sources, _told(foreign, unprepared, reader.name)


def _known(passage: Passage, reader: Reader) -> dict[str, Any]:
    """The vectors of the sentences of the indexed passages that this one was made from, by their text."""
    found: dict[str, Any] = {}
    for identity in passage.parts or (passage.id,):
        number = number_by_id(identity, reader)
        spans, vectors = ([], None) if number is None else reader.sentences(number)
        if number is not None and vectors is not None:
            text = reader.passages([number])[0].text
            found.update({text[start:end]: row for (start, end), row in zip(spans, vectors, strict=True)})
    return found


def is_quotable(text: str) -> bool:
    """False for headings, fragments and questions, which answer nothing."""
    return len(text.split()) >= _FEWEST_WORDS and not text.endswith("?") and _HEADING.match(text) is None


def _cut(text: str) -> list[tuple[int, int]]:
    from ragkit.corpus.chunks.segmenting import sentence_spans

    # What is left out parts sentences, so that no quote reaches over it.
    return sentence_spans(text, borders=[edge for found in _LEFT_OUT.finditer(text) for edge in found.span()])


def _told(foreign: int, unprepared: int, corpus: str) -> tuple[str, ...]:
    told = []
    if foreign:
        some, whose = ("1 passage does", "its") if foreign == 1 else (f"{foreign} passages do", "their")
        told.append(f"{some} not stand in the index in these words: {whose} sentences were encoded now")
    if unprepared:
        told.append(
            f"corpus {corpus!r} has no sentence vectors, so the sentences of {unprepared} passages were encoded now; "
            "'sentences: true' in the corpus file makes them at build"
        )
    return tuple(told)
