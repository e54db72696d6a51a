"""What a version says of itself: how it was made, from what, and what it holds."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ragkit.corpus.files import read_json, write_json

FORMAT = 2
FILE = "manifest.json"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that documents were read from, as it was then. ``sha256`` is taken when size or time differ."""

    path: str
    size: int
    modified: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The manifest of a version.

    ``settings`` is a digest over everything in the corpus file that changes the index; ``encoder`` what
    ``Encoder.describe`` says; ``over_limit`` counts passages longer than the encoder reads; ``recall`` is Chroma's
    recall@10 against exact search, where Chroma answers; ``seconds`` is the time of each stage; ``sizes`` those of the
    version's own files, in bytes.
    """

    corpus: str
    version: str
    settings: str
    files: tuple[SourceFile, ...]
    encoder: dict[str, Any]
    store: dict[str, Any]
    collection: str
    bm25: dict[str, Any]
    documents: int
    passages: int
    sentences: int
    has_sentence_vectors: bool
    words: int
    over_limit: int
    encoded: int
    reused: int
    warnings: tuple[str, ...]
    metadata_keys: tuple[str, ...]
    recall: float | None
    built: float
    seconds: dict[str, float]
    versions: dict[str, str]
    sizes: dict[str, int]
    format: int = field(default=FORMAT)

    def write(self, folder: Path) -> None:
        """Writes ``manifest.json``."""
        write_json(folder / FILE, asdict(self))


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of a version; None when there is none that this ragkit can read."""
    found = read_json(folder / FILE)
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        return None
    try:
        found["files"] = tuple(SourceFile(**file) for file in found["files"])
        return Manifest(**{**found, **{name: tuple(found[name]) for name in ("warnings", "metadata_keys")}})
    except (KeyError, TypeError):
        return None
