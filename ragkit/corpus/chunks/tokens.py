"""Windows of tokens, whatever the text is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field, model_validator

from ragkit.corpus.chunks.budget import Budget, CountTokens
from ragkit.corpus.chunks.chunker import Chunker, Cut
from ragkit.corpus.chunks.sections import whole
from ragkit.corpus.chunks.segmenting import Span, word_spans
from ragkit.corpus.chunks.windows import fill_windows
from ragkit.corpus.documents import Document


class TokensChunker(Chunker):
    """Each chunk is as many whole words as fit, with its title, into ``size`` tokens.

    For text without sentences (logs, code, transcripts), and the baseline of the field. Tokens are the encoder's; a
    word is never cut unless it does not fit by itself.

    YAML::

        chunks: {kind: tokens, size: 128, overlap: 20}
    """

    kind: Literal["tokens"] = Field(description="windows of tokens with overlap")
    size: int | None = Field(
        default=None, ge=16, description="tokens of a chunk with its title; empty: what the encoder reads"
    )
    overlap: int = Field(
        default=0, ge=0, description="tokens at the end of a chunk that the next one begins with, as whole words"
    )

    @model_validator(mode="after")
    def _overlap_is_less(self) -> TokensChunker:
        if self.size is not None and self.overlap >= self.size:
            raise ValueError(f"overlap ({self.overlap}) must be less than size ({self.size})")
        return self

    def cut(self, document: Document, sentences: Sequence[Span], count_tokens: CountTokens, limit: int) -> list[Cut]:
        """See ``Chunker.cut``."""
        budget = Budget(count_tokens, document.title, self.size or limit)
        words = word_spans(document.text)
        (section,) = whole(document)
        return [Cut(start, end, section) for start, end in fill_windows(document.text, words, budget, self._next_start)]

    def _next_start(self, first: int, stop: int, costs: Sequence[int]) -> int:
        """The first word of the next window: as far back as ``overlap`` tokens reach."""
        left = self.overlap
        while stop > first and costs[stop - 1] <= left:
            stop -= 1
            left -= costs[stop]
        return stop
