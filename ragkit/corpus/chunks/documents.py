"""Whole documents: no cutting at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from ragkit.corpus.chunks.budget import CountTokens
from ragkit.corpus.chunks.chunker import Chunker, Cut
from ragkit.corpus.chunks.sections import whole
from ragkit.corpus.chunks.segmenting import Span, trim
from ragkit.corpus.documents import Document


class DocumentsChunker(Chunker):
    """Each document is one chunk, however long.

    For documents that are short beside what the encoder reads; of longer ones it sees the beginning only, which the
    build counts and tells.

    YAML::

        chunks: {kind: documents}
    """

    kind: Literal["documents"] = Field(description="each document is one chunk")

    def cut(self, document: Document, sentences: Sequence[Span], count_tokens: CountTokens, limit: int) -> list[Cut]:
        """See ``Chunker.cut``."""
        start, end = trim(document.text, 0, len(document.text))
        return [Cut(start, end, section) for section in whole(document) if start < end]
