"""Cutting along the structure of a text: sections, then paragraphs, then sentences, then words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field, model_validator

from ragkit.corpus.chunks import sections
from ragkit.corpus.chunks.budget import Budget, CountTokens
from ragkit.corpus.chunks.chunker import Chunker, Cut
from ragkit.corpus.chunks.segmenting import Span, trim
from ragkit.corpus.documents import Document


class RecursiveChunker(Chunker):
    """A section that fits is one chunk; of a longer one, the largest parts that fit.

    Sections come from the headings of Markdown and HTML. Inside them the semantic-text-splitter package looks for the
    biggest unit that fits: Markdown blocks or paragraphs, then sentences, words, characters. ``metadata["headings"]``
    of a chunk is the path of titles it stands under, and its parent is the section.

    YAML::

        chunks: {kind: recursive, max_tokens: 200}
    """

    kind: Literal["recursive"] = Field(description="along headings, paragraphs, sentences, words")
    max_tokens: int | None = Field(
        default=None, ge=16, description="tokens of a chunk with its title; empty: what the encoder reads"
    )
    overlap: int = Field(
        default=0, ge=0, description="the most tokens, in whole units, that a chunk repeats of the one before it"
    )
    parent: Literal["document", "section"] = Field(
        default="section", description="what a chunk is part of; with 'document' headings do not part chunks"
    )

    @model_validator(mode="after")
    def _overlap_is_less(self) -> RecursiveChunker:
        if self.max_tokens is not None and self.overlap >= self.max_tokens:
            raise ValueError(f"overlap ({self.overlap}) must be less than max_tokens ({self.max_tokens})")
        return self

    def cut(self, document: Document, sentences: Sequence[Span], count_tokens: CountTokens, limit: int) -> list[Cut]:
        """See ``Chunker.cut``."""
        budget = Budget(count_tokens, document.title, self.max_tokens or limit)
        parts = sections.by_heading(document) if self.parent == "section" else sections.whole(document)
        return [Cut(start, end, section) for section in parts for start, end in self._split(document, section, budget)]

    def _split(self, document: Document, section: sections.Section, budget: Budget) -> Iterator[Span]:
        from semantic_text_splitter import MarkdownSplitter, TextSplitter

        start, end = trim(document.text, *section.span)
        text = document.text[start:end]
        if not text or budget.fits(text):
            yield from [(start, end)] if text else []
            return
        kind = MarkdownSplitter if document.markup == "markdown" else TextSplitter
        # The package wants an overlap below the capacity; a title can leave less room than was asked for.
        splitter = kind.from_callback(budget.cost, budget.room, min(self.overlap, budget.room // 2))
        for offset, piece in splitter.chunk_indices(text):
            # Of a Markdown block the package keeps the indentation.
            span = trim(document.text, start + offset, start + offset + len(piece))
            yield from [span] if budget.fits(document.text[slice(*span)]) else budget.split(document.text, span)
