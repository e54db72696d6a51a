"""The sentences of passages with their vectors: from the index where it has them, made on the spot where not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ragkit.components.indexed import locate
from ragkit.types import Passage

if TYPE_CHECKING:
    from ragkit.corpus.reader import Reader

_FEWEST_WORDS = 3


@dataclass(frozen=True, slots=True)
class Source:
    """A passage and its sentences: ``spans`` are offsets in its text, in order.

    ``vector`` float32 ``[d]`` is the passage's, ``vectors`` float32 ``[sentences, d]`` are theirs; all of length 1.
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

    A passage that the index does not hold in these words (a merged or compressed one), or a corpus that was indexed
    without sentence vectors, is cut and encoded on the spot, which takes some milliseconds a sentence.
    """
    import numpy as np

    located = locate(passages, reader)
    sources: list[Source] = []
    unprepared = 0
    for passage, number, vector in zip(passages, *located, strict=True):
        spans, vectors = _cut(passage.text) if number is None else reader.sentences(number)
        if number is not None and spans and vectors is None:
            unprepared += 1
        if vectors is None:
            vectors = reader.encode([passage.text[start:end] for start, end in spans])
        sources.append(Source(passage, spans, vector, np.asarray(vectors)))
    return sources, _told(located.numbers.count(None), unprepared, reader.name)


def is_quotable(text: str) -> bool:
    """False for headings, fragments and questions, which answer nothing."""
    return len(text.split()) >= _FEWEST_WORDS and not text.endswith("?")


def _cut(text: str) -> tuple[list[tuple[int, int]], None]:
    from ragkit.corpus.chunks.segmenting import sentence_spans

    return sentence_spans(text), None


def _told(foreign: int, unprepared: int, corpus: str) -> tuple[str, ...]:
    told = []
    if foreign:
        told.append(f"{foreign} passages do not stand in the index in these words: their sentences were encoded now")
    if unprepared:
        told.append(
            f"corpus {corpus!r} has no sentence vectors, so the sentences of {unprepared} passages were encoded now; "
            "'sentences: true' in the corpus file makes them at build"
        )
    return tuple(told)
