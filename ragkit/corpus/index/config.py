"""What a corpus file writes under ``bm25`` and ``store``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Stemmer = Literal[
    "none", "arabic", "armenian", "basque", "catalan", "danish", "dutch", "english", "finnish", "french", "german",
    "greek", "hindi", "hungarian", "indonesian", "irish", "italian", "lithuanian", "nepali", "norwegian", "porter",
    "portuguese", "romanian", "russian", "serbian", "spanish", "swedish", "tamil", "turkish", "yiddish",
]  # fmt: skip
Stopwords = Literal[
    "none", "english", "german", "dutch", "french", "spanish", "portuguese", "italian", "russian", "swedish",
    "norwegian", "chinese", "turkish", "korean", "danish",
]  # fmt: skip


class Bm25Config(BaseModel):
    """How words are indexed and scored: BM25 as Lucene computes it, over title and text.

    The defaults were chosen on one half of the questions of the paper corpus, HotpotQA and SciFact, for the hybrid
    retrieval that they are part of, and reported on the other half (``benchmarks/retrieval.py``, docs/results.md). The
    stemmer matters most; k1, b and the title's weight change nDCG@10 by about 0.01.

    Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), equation 3.15, and
    Section 3.6 for weighted fields; the variants are compared in Kamphuis et al. (ECIR 2020).
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    k1: float = Field(default=0.9, ge=0, le=10, description="how soon a word that is repeated stops counting more")
    b: float = Field(default=0.6, ge=0, le=1, description="how much long passages are held back; 0 is not at all")
    title_weight: int = Field(
        default=3, ge=1, le=20, description="how often a word of the title counts; 1 is like a word of the text"
    )
    stemmer: Stemmer = Field(default="english", description="the Snowball stemmer for words, or none")
    stopwords: Stopwords = Field(
        default="english", description="the language whose commonest words are left out, or none"
    )


class _Store(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    exact_up_to: int = Field(
        default=200_000,
        ge=0,
        description="corpora of at most so many passages are searched exactly, bigger ones by Chroma",
    )
    ef_search: int = Field(
        default=100, ge=1, le=10_000, description="how widely Chroma searches; more finds more, slower"
    )


class ChromaConfig(_Store):
    """Chroma's embedded store, in the folder of the index."""

    kind: Literal["chroma"] = "chroma"


class ChromaServerConfig(_Store):
    """A Chroma server. Each version of the index is a collection of its own there."""

    kind: Literal["chroma-server"]
    host: str = Field(min_length=1, description="the server's name or address")
    port: Annotated[int, Field(ge=1, le=65535)] = Field(default=8000, description="the server's port")
    ssl: bool = Field(default=False, description="whether the server is reached by https")
    token: str | None = Field(default=None, description="sent as a bearer token; write ${NAME}, never the token itself")


StoreConfig = Annotated[ChromaConfig | ChromaServerConfig, Field(discriminator="kind")]
