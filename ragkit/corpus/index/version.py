"""One version of an index, opened: every way to search it."""

from __future__ import annotations

from pathlib import Path

from ragkit.corpus.index.exact import ExactVectors
from ragkit.corpus.index.keyword import Keywords
from ragkit.corpus.index.manifest import Manifest
from ragkit.corpus.index.sentences import Sentences
from ragkit.corpus.index.texts import Texts
from ragkit.corpus.index.writing import KEYWORDS, SENTENCES


class OpenVersion:
    """The files of a version as memory maps. Opening reads a few kilobytes."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest
        self.texts = Texts(folder, manifest.metadata_keys)
        self.vectors = ExactVectors(folder)
        self.keywords = Keywords(folder / KEYWORDS, manifest.passages)
        self.sentences = Sentences(folder / SENTENCES, manifest.has_sentence_vectors)
