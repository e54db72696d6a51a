"""The sections of a document: what stands under each of its headings."""

from __future__ import annotations

from dataclasses import dataclass

from ragkit.corpus.chunks.segmenting import Span
from ragkit.corpus.documents import Document


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of a document's text that no chunk may cross.

    ``parent`` is what its chunks name as theirs, ``headings`` the titles from the outermost to its own.
    """

    start: int
    end: int
    parent: str
    headings: tuple[str, ...] = ()

    @property
    def span(self) -> Span:
        """Its offsets in the document's text."""
        return self.start, self.end


def whole(document: Document) -> list[Section]:
    """The document as its only section."""
    return [Section(0, len(document.text), document.id)]


def by_heading(document: Document) -> list[Section]:
    """The sections in order, without gaps; the document as a whole where it has no headings.

    A heading with nothing but another heading below it starts the section of that one.
    """
    text = document.text
    if not document.headings:
        return whole(document)
    path: list[tuple[int, str]] = []
    found: list[Section] = []
    start, body = 0, 0
    titles: tuple[str, ...] = ()
    for heading in document.headings:
        if text[body : heading.start].strip():
            found.append(Section(start, heading.start, f"{document.id}#s{len(found)}", titles))
            start = heading.start
        path = [(level, title) for level, title in path if level < heading.level]
        path.append((heading.level, heading.title))
        titles = tuple(title for _, title in path)
        body = heading.end
    found.append(Section(start, len(text), f"{document.id}#s{len(found)}", titles))
    return found
