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
    if not document.headings:
        return whole(document)
    text = document.text
    found: list[Section] = []
    start, body = 0, 0
    titles: tuple[str, ...] = ()
    for heading, path in zip(document.headings, heading_paths(document), strict=True):
        if text[body : heading.start].strip():
            found.append(Section(start, heading.start, f"{document.id}#s{len(found)}", titles))
            start = heading.start
        titles, body = path, heading.end
    found.append(Section(start, len(text), f"{document.id}#s{len(found)}", titles))
    return found


def heading_paths(document: Document) -> list[tuple[str, ...]]:
    """For each heading the titles from the outermost that it stands under to its own."""
    path: list[tuple[int, str]] = []
    paths = []
    for heading in document.headings:
        while path and path[-1][0] >= heading.level:
            path.pop()
        path.append((heading.level, heading.title))
        paths.append(tuple(title for _, title in path))
    return paths
