"""Documents and the chunks they are cut into: what loaders make, chunkers cut and the index keeps.

Offsets are counted in characters (Python string positions), never bytes. For every chunk of every chunker
``document.text[chunk.start:chunk.end] == chunk.text``, and for every sentence of a chunk ``chunk.text[start:end]`` is
that sentence.

**Parents.** ``Chunk.parent`` names the bigger unit that a chunk was cut from. It is the document id, unless the chunker
keeps sections: then it is ``<document id>#s<number>``, and the section reaches from the smallest ``start`` to the
largest ``end`` of the chunks of that document with the same parent. No chunk crosses a section's border. So a reader
climbs with two rules and no table: ``parent == doc_id`` is the whole document, any other parent the range of its
chunks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

_NO_METADATA: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading in a document's text: ``text[start:end]`` is its line or lines, ``level`` is 1 for the outermost."""

    level: int
    title: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """One document, as a loader read it.

    Attributes:
        id: Unique in the corpus and the same in every build: from the file, or made from its path (and line).
        title: Its title, or an empty string.
        text: Its text without the title. Never blank: a document without text is left out, with a warning.
        metadata: What else the file said about it; JSON values only.
        source: The file it came from, relative to the corpus file where it lies below, with ``:line`` where a file
            holds several documents.
        headings: The headings in ``text``, in order; empty where the format has none.
        pages: The offset in ``text`` at which each page starts; empty where the format has no pages.
        markup: How ``text`` is written; a chunker that cuts by structure reads it.
    """

    id: str
    title: str
    text: str
    metadata: Mapping[str, Any] = field(default_factory=lambda: _NO_METADATA)
    source: str = ""
    headings: tuple[Heading, ...] = ()
    pages: tuple[int, ...] = ()
    markup: Literal["plain", "markdown"] = "plain"


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a document: what is encoded, indexed and retrieved as a passage.

    Attributes:
        id: ``<document id>#<ordinal>``.
        doc_id: The document's id.
        title: The document's title; every chunk carries it, apart from its text.
        text: The piece, ``document.text[start:end]``.
        start: Its first character in the document's text.
        end: One past its last character.
        ordinal: Its place among the chunks of its document, from 0.
        parent: The document id, or a section of it (see the module docstring).
        previous: The id of the chunk before it in the document.
        next: The id of the chunk after it.
        metadata: The document's, and where they are known ``headings`` (titles from the outermost to the innermost
            that the chunk begins under), ``page`` and ``page_last`` (from 1).
        sentences: The sentences in ``text``, as offsets in it; a sentence that the chunk cuts is there with its part.
    """

    id: str
    doc_id: str
    title: str
    text: str
    start: int
    end: int
    ordinal: int
    parent: str | None = None
    previous: str | None = None
    next: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=lambda: _NO_METADATA)
    sentences: tuple[tuple[int, int], ...] = ()


def passage_text(title: str, text: str) -> str:
    """A passage as it is sent to an encoder: its title on a line of its own, then its text.

    A passage that is only a title (its text repeats it) is sent once. Token budgets count this form.
    """
    return text if not title or title == text else f"{title}\n{text}"
