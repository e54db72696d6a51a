"""One version of an index, opened: every way to search it."""

from __future__ import annotations

from pathlib import Path

from ragkit.corpus.index.exact import ExactVectors
from ragkit.corpus.index.keyword import Keywords
from ragkit.corpus.index.manifest import Manifest
from ragkit.corpus.index.sentences import Sentences
from ragkit.corpus.index.texts import Texts
from ragkit.corpus.index.writing import CHROMA, KEYWORDS, SENTENCES


def file_sizes(folder: Path) -> dict[str, int]:
    """The sizes of a version's own files, by relative path; Chroma keeps its files as it likes."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    own = (name for name in found if not name.startswith(f"{CHROMA}/"))
    return {name: found[name].stat().st_size for name in sorted(own)}


def find_damage(folder: Path, manifest: Manifest) -> str | None:
    """What is wrong with the files of a version; None when each is there and as long as it was written."""
    for name, size in manifest.sizes.items():
        try:
            actual = (folder / name).stat().st_size
        except FileNotFoundError:
            return f"{name} is missing"
        if actual != size:
            return f"{name} has {actual} bytes, not {size}"
    return None


class OpenVersion:
    """The files of a version as memory maps. Opening reads a few kilobytes."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest
        self.texts = Texts(folder, manifest.metadata_keys)
        self.vectors = ExactVectors(folder)
        self.keywords = Keywords(folder / KEYWORDS, manifest.passages)
        self.sentences = Sentences(folder / SENTENCES, manifest.has_sentence_vectors)
