"""What one build encodes: the passages of a corpus, their sentences, and each different text once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ragkit.corpus.documents import Chunk, Document, passage_text
from ragkit.corpus.index.journal import text_hash


@dataclass(slots=True)
class Units:
    """Documents, their chunks in order, and the texts that are encoded.

    ``texts`` maps the hash of every text to the text. ``passages[i]`` is the hash of chunk ``i`` as it is sent to the
    encoder, ``tokens[i]`` its length. ``sentences`` holds the hash of every different sentence, in the order of their
    first place; ``spans[i]`` for each sentence of chunk ``i`` its offsets and its number in ``sentences`` (-1 where
    sentences are not encoded).
    """

    documents: list[Document] = field(default_factory=list)
    chunks: list[Chunk] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)
    texts: dict[bytes, str] = field(default_factory=dict)
    passages: list[bytes] = field(default_factory=list)
    sentences: list[bytes] = field(default_factory=list)
    spans: list[list[tuple[int, int, int]]] = field(default_factory=list)

    @property
    def sentence_count(self) -> int:
        """How many sentences there are, those that stand in several passages counted in each."""
        return sum(len(spans) for spans in self.spans)

    def sent(self) -> list[str]:
        """Every passage as it is sent to the encoder."""
        return [passage_text(chunk.title, chunk.text) for chunk in self.chunks]


def gather(
    documents: list[Document],
    chunks: list[Chunk],
    count_tokens: Callable[[Sequence[str]], list[int]],
    with_sentences: bool,
) -> Units:
    """The units of a corpus."""
    units = Units(documents=documents, chunks=chunks)
    sent = units.sent()
    units.tokens = count_tokens(sent)
    for text in sent:
        key = text_hash(text)
        units.texts[key] = text
        units.passages.append(key)
    numbers: dict[bytes, int] = {}
    for chunk in chunks:
        spans = []
        for start, end in chunk.sentences:
            number = -1
            if with_sentences:
                sentence = chunk.text[start:end]
                key = text_hash(sentence)
                number = numbers.setdefault(key, len(numbers))
                units.texts[key] = sentence
            spans.append((start, end, number))
        units.spans.append(spans)
    units.sentences = list(numbers)
    return units
