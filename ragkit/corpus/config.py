"""The corpus file: where documents come from, how they are cut, embedded and indexed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from ragkit.corpus.chunks import ChunkSpec
from ragkit.corpus.encoder.config import EncoderConfig
from ragkit.corpus.index.config import Bm25Config, ChromaConfig, StoreConfig
from ragkit.corpus.loaders import SourceSpec
from ragkit.errors import UsageError, did_you_mean
from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.reading.source import read
from ragkit.spec.schema.validate import model_from

READING = 1
"""Raised when the loaders or the chunkers read or cut the same file otherwise than before: indexes become stale."""


class CorpusSpec(BaseModel):
    """A corpus, as its YAML file in ``corpora/`` writes it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str | None = Field(default=None, min_length=1, description="a name to show; left out: the file's")
    description: str = Field(default="", description="what is in it, in a sentence")
    source: SourceSpec = Field(description="where documents come from")
    chunks: ChunkSpec = Field(description="how documents are cut into passages")
    encoder: EncoderConfig = Field(default_factory=EncoderConfig, description="what turns text into vectors")
    sentences: bool = Field(
        default=True, description="whether sentences have vectors too; the extractive answer reads them"
    )
    bm25: Bm25Config = Field(default_factory=Bm25Config, description="how words are indexed and scored")
    store: StoreConfig = Field(default_factory=ChromaConfig, description="where Chroma keeps vectors")

    def digest(self, encoder_identity: str) -> str:
        """A SHA-256 over everything that changes the index: not the name, not the device, no secret."""
        parts = {
            "reading": READING,
            "source": self.source.model_dump(mode="json"),
            "chunks": self.chunks.model_dump(mode="json"),
            "encoder": encoder_identity,
            "sentences": self.sentences,
            "bm25": self.bm25.model_dump(mode="json"),
            "store": self.store.model_dump(mode="json", exclude={"token"}),
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def read_corpus(path: Path, env: Mapping[str, str] | None = None) -> CorpusSpec:
    """The corpus that a file describes.

    Raises:
        SpecError: The file has errors; all of them, each with its place.
    """
    diagnostics = Diagnostics()
    node = read(path, diagnostics, env)
    spec = None if node is None else model_from(node, CorpusSpec, "", diagnostics)
    diagnostics.raise_if_any()
    assert spec is not None, "no finding, so there is a model"
    return spec


def corpus_file(name: str, corpora: Path) -> Path:
    """The file of a corpus: ``<corpora>/<name>.yaml``.

    Raises:
        UsageError: There is none.
    """
    known = corpus_names(corpora)
    if name not in known:
        listed = f"there are: {', '.join(known)}" if known else f"there is no corpus file in {corpora}"
        raise UsageError(f"no corpus is called {name!r}{did_you_mean(name, known)}", hint=listed)
    return corpora / f"{name}.yaml"


def corpus_names(corpora: Path) -> list[str]:
    """The corpora that a project has, by name."""
    return sorted(path.stem for path in corpora.glob("*.yaml"))
