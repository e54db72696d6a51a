"""Chunkers: documents to the pieces that are encoded, indexed and retrieved.

``ChunkSpec`` is the union of all of them. Every chunk carries its document's title, exact offsets, its sentences, and
links to its neighbours and its parent (``ragkit.corpus.documents`` says what a parent is).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated

from pydantic import Field

from ragkit.corpus.chunks.budget import CountTokens
from ragkit.corpus.chunks.documents import DocumentsChunker
from ragkit.corpus.chunks.recursive import RecursiveChunker
from ragkit.corpus.chunks.sentences import SentencesChunker
from ragkit.corpus.chunks.tokens import TokensChunker
from ragkit.corpus.documents import Chunk, Document

__all__ = ["ChunkSpec", "chunk_documents"]

ChunkSpec = Annotated[
    DocumentsChunker | RecursiveChunker | SentencesChunker | TokensChunker, Field(discriminator="kind")
]


def chunk_documents(
    spec: ChunkSpec, documents: Iterable[Document], count_tokens: CountTokens, limit: int
) -> Iterator[Chunk]:
    """The chunks of every document, in order.

    The same documents, options and tokenizer always give the same chunks, and every character that is not white space
    is in one of them.

    Args:
        spec: How to cut.
        documents: What to cut.
        count_tokens: The tokens of each text, as the encoder counts them (with its special tokens, or without).
        limit: The most tokens that the encoder reads of a passage, title included (see ``passage_text``).
    """
    for document in documents:
        yield from spec.chunks(document, count_tokens, limit)
