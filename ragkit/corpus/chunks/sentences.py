"""Windows of whole sentences."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from ragkit.corpus.chunks import sections
from ragkit.corpus.chunks.budget import Budget, CountTokens
from ragkit.corpus.chunks.chunker import Chunker, Cut
from ragkit.corpus.chunks.segmenting import Span
from ragkit.corpus.chunks.windows import fill_windows
from ragkit.corpus.documents import Document


class SentencesChunker(Chunker):
    """Each chunk is as many whole sentences as fit, with its title, into ``max_tokens``.

    A sentence that does not fit by itself is cut between words, and a word that does not fit between characters. For
    prose: a chunk can be quoted, and does not begin in the middle of a thought.

    YAML::

        chunks: {kind: sentences, max_tokens: 200, overlap: 1}
    """

    kind: Literal["sentences"] = Field(description="windows of whole sentences")
    max_tokens: int | None = Field(
        default=None, ge=16, description="tokens of a chunk with its title; empty: what the encoder reads"
    )
    overlap: int = Field(default=0, ge=0, description="sentences at the end of a chunk that the next one begins with")
    parent: Literal["document", "section"] = Field(
        default="document", description="what a chunk is part of: the document, or the section under its heading"
    )

    def cut(self, document: Document, sentences: Sequence[Span], count_tokens: CountTokens, limit: int) -> list[Cut]:
        """See ``Chunker.cut``."""
        budget = Budget(count_tokens, document.title, self.max_tokens or limit)
        ends = [end for _, end in sentences]
        found: list[Cut] = []
        for section in sections.by_heading(document) if self.parent == "section" else sections.whole(document):
            # No sentence crosses a heading, so a section's are those that end in it.
            inside = sentences[bisect_right(ends, section.start) : bisect_right(ends, section.end)]
            windows = fill_windows(document.text, inside, budget, lambda first, stop, costs: stop - self.overlap)
            found.extend(Cut(start, end, section) for start, end in windows)
        return found
