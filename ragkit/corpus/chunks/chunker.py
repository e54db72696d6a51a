"""The base of every chunker, and what all of them share: ids, links, sentences, headings and pages."""

from __future__ import annotations

import abc
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from ragkit.corpus.chunks.budget import CountTokens
from ragkit.corpus.chunks.sections import Section, heading_paths
from ragkit.corpus.chunks.segmenting import Span, sentence_spans, structure_borders
from ragkit.corpus.documents import Chunk, Document


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a chunk lies and which section it belongs to."""

    start: int
    end: int
    section: Section


class Chunker(BaseModel, abc.ABC):
    """Options of one chunker, and the cutting itself. A subclass lives in a file of its own and names its ``kind``."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    language: str = Field(
        default="en",
        pattern="^[a-z]{2,3}$",
        description="ISO 639 code of the documents' language; sentences are found by it",
    )

    @abc.abstractmethod
    def cut(self, document: Document, sentences: Sequence[Span], count_tokens: CountTokens, limit: int) -> list[Cut]:
        """Where the chunks of a document lie, in order.

        Args:
            document: The document.
            sentences: Its sentences.
            count_tokens: The tokens of each text, as the encoder counts them.
            limit: The most tokens that the encoder reads of a passage, title included.
        """

    def chunks(self, document: Document, count_tokens: CountTokens, limit: int) -> Iterator[Chunk]:
        """The chunks of a document, linked; none where it has no text."""
        sentences = sentence_spans(document.text, self.language, structure_borders(document))
        cuts = self.cut(document, sentences, count_tokens, limit)
        ends = [end for _, end in sentences]
        whereabouts = _Whereabouts(document)
        for ordinal, cut in enumerate(cuts):
            yield Chunk(
                id=_chunk_id(document, ordinal),
                doc_id=document.id,
                title=document.title,
                text=document.text[cut.start : cut.end],
                start=cut.start,
                end=cut.end,
                ordinal=ordinal,
                parent=cut.section.parent,
                previous=_chunk_id(document, ordinal - 1) if ordinal else None,
                next=_chunk_id(document, ordinal + 1) if ordinal + 1 < len(cuts) else None,
                metadata=whereabouts.metadata(cut),
                sentences=_inside(sentences, ends, cut),
            )


def _chunk_id(document: Document, ordinal: int) -> str:
    return f"{document.id}#{ordinal}"


def _inside(sentences: Sequence[Span], ends: Sequence[int], cut: Cut) -> tuple[Span, ...]:
    """The sentences that lie in a chunk, wholly or in part, as offsets in it."""
    found = []
    for start, end in sentences[bisect_right(ends, cut.start) :]:
        if start >= cut.end:
            break
        found.append((max(start, cut.start) - cut.start, min(end, cut.end) - cut.start))
    return tuple(found)


class _Whereabouts:
    """The headings and the pages that a chunk of one document stands on."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._starts = [heading.start for heading in document.headings]
        self._paths = heading_paths(document)

    def metadata(self, cut: Cut) -> Mapping[str, Any]:
        """The document's metadata, with what is known of the place."""
        more: dict[str, Any] = {}
        if self._paths:
            above = bisect_right(self._starts, cut.start)
            more["headings"] = list(cut.section.headings or (self._paths[above - 1] if above else ()))
        pages = self._document.pages
        if pages:
            more["page"] = max(bisect_right(pages, cut.start), 1)
            more["page_last"] = max(bisect_right(pages, cut.end - 1), 1)
        return {**self._document.metadata, **more} if more else self._document.metadata
