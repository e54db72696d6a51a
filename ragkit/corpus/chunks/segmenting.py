"""Sentences and words as offsets: exact, in order, and together they hold every character that is not white space."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, Iterator
from itertools import pairwise

from ragkit.corpus.documents import Document

Span = tuple[int, int]

_log = logging.getLogger(__name__)
_WORD = re.compile(r"\S+")
# A Markdown line that begins something of its own although no sentence ended before it: an item, a row, a quote.
_BLOCK = re.compile(r"^[ \t]*(?:[-*+]|\d{1,9}[.)]|>|\|)(?=[ \t|])", re.MULTILINE)
# Three things about sentencex 1.0, each seen and each with a test. It loses the blank line between two paragraphs of a
# long text, so it is given one at a time. After a list in the running text, "(1) … (2) …", it takes all that follows
# for one sentence, so what comes out long is cut again without its parentheses (the comma keeps "(2)" from being a
# number that ends a sentence). And it panics where white space of several bytes follows an initial ("B\u00a0."). One
# character for one keeps every offset.
_PARAGRAPH = re.compile(r"(\n\s*\n)")
_LONG = 100
_NO_PARENTHESES = str.maketrans("()", " ,")
_SPACES = {
    code: "\n" if code in (0x85, 0x2028, 0x2029) else " "
    for code in range(0x80, 0x3001)
    if chr(code).isspace()
}  # fmt: skip


def sentence_spans(text: str, language: str = "en", borders: Iterable[int] = ()) -> list[Span]:
    """The sentences of a text, trimmed, in order.

    Args:
        text: Any text.
        language: ISO 639 code of its language; it decides what is an abbreviation. A language that sentencex has no
            rules for is read by those of a relative, in the end by the English ones.
        borders: Offsets that no sentence crosses, such as the ends of headings.
    """
    cuts = {0, len(text), *borders}
    at = 0
    for piece in _pieces(text.translate(_SPACES), language):
        at += len(piece)
        cuts.add(at)
    found = (trim(text, start, end) for start, end in pairwise(sorted(cuts)))
    return [(start, end) for start, end in found if start < end]


def structure_borders(document: Document) -> set[int]:
    """Where a document begins something of its own: at headings, and in Markdown at list items, rows and quotes."""
    edges = {edge for heading in document.headings for edge in (heading.start, heading.end)}
    if document.markup == "markdown":
        edges.update(match.start() for match in _BLOCK.finditer(document.text))
    return edges


def _pieces(text: str, language: str) -> Iterator[str]:
    """Consecutive pieces of the text, each a sentence or white space."""
    for part in _PARAGRAPH.split(text):
        for piece in _segment(part, language):
            if len(piece) <= _LONG or piece.isspace():
                yield piece
                continue
            at = 0
            for inner in _segment(piece.translate(_NO_PARENTHESES), language):
                yield piece[at : at + len(inner)]
                at += len(inner)


def _segment(text: str, language: str) -> list[str]:
    """What sentencex cuts the text into; lines where it fails, which is logged."""
    if not text or text.isspace():
        return [text]
    import sentencex  # type: ignore[import-untyped]

    try:
        pieces: list[str] = sentencex.segment(language, text)
        if "".join(pieces) == text:
            return pieces
        reason = "its pieces do not add up to the text"
    except BaseException as error:  # a Rust panic is no Exception
        if not type(error).__module__.startswith("pyo3"):
            raise
        reason = str(error)
    _log.warning("sentencex failed on a text of %d characters (%s): its lines stand for sentences", len(text), reason)
    return text.splitlines(keepends=True)


def word_spans(text: str, start: int = 0, end: int = sys.maxsize) -> list[Span]:
    """The runs of characters without white space in ``text[start:end]``."""
    return [match.span() for match in _WORD.finditer(text, start, min(end, len(text)))]


def trim(text: str, start: int, end: int) -> Span:
    """The span without white space at its ends; an empty one when there is nothing else."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
