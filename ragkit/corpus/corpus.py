"""A corpus: its file, its index, and the two things to do with it: build and read."""

from __future__ import annotations

import os
import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ragkit.corpus.config import CorpusSpec, corpus_file, read_corpus
from ragkit.corpus.encoder.encoder import Encoder
from ragkit.corpus.index.in_use import InUse
from ragkit.corpus.index.layout import IndexFolder
from ragkit.corpus.index.manifest import Manifest, read_manifest
from ragkit.corpus.index.version import find_damage
from ragkit.corpus.progress import BuildProgress, Progress, StageClock
from ragkit.corpus.reader import Reader
from ragkit.errors import CorpusError, DocumentError, EncoderError, IndexMissing

Status = Literal["current", "stale", "missing"]


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did.

    ``built`` is False when the index was current and nothing was done. ``encoded`` counts texts (passages and
    sentences, each different one once) that were encoded now, ``reused`` those that had a vector. ``seconds`` maps
    stages to their time.
    """

    corpus: str
    version: str
    built: bool
    documents: int
    passages: int
    sentences: int
    encoded: int
    reused: int
    over_limit: int
    warnings: tuple[str, ...]
    seconds: dict[str, float]
    encoder: str
    runtime: str


class Corpus:
    """One corpus of a project. Cheap to make: the file is read, nothing is loaded.

    Args:
        path: The corpus file.
        state: The project's state folder.

    Raises:
        SpecError: The file has errors.
    """

    def __init__(self, path: Path, state: Path) -> None:
        self.path = path
        self.name = path.stem
        self.spec: CorpusSpec = read_corpus(path)
        self.base = path.parent
        self.folder = IndexFolder(state / "indexes" / self.name)
        self.encoder = Encoder(self.spec.encoder, self.base, state / "encoders")
        self._lock = threading.Lock()
        self._reader: Reader | None = None
        self._pointer: tuple[int, int, int] | None = None

    def status(self) -> Status:
        """Whether the published index is the one that a build would make now.

        Files are compared by size and time, and read only where those differ.

        Raises:
            EncoderError: The encoder's files cannot be found.
        """
        manifest = self.manifest()
        if manifest is None:
            return "missing"
        return "current" if self._is_current(manifest) else "stale"

    def manifest(self) -> Manifest | None:
        """What the published version says of itself; None when there is none."""
        version = self.folder.published()
        return None if version is None else read_manifest(self.folder.versions / version)

    def build(self, progress: Progress | None = None, wait: bool = True, force: bool = False) -> BuildReport:
        """Brings the index up to date.

        Only texts without a vector are encoded; readers go on with the old version until the new one is published.

        Args:
            progress: Is told how far the build is.
            wait: Wait while another process builds this index; without it that is an error.
            force: Write a new version although the published one is current (nothing is encoded again).

        Raises:
            IndexBusy: Another process is building and ``wait`` is false.
            CorpusError: A document, the encoder or the store failed. What was published stays.
        """
        from ragkit.corpus.index.building import IndexBuild
        from ragkit.corpus.index.lock import BuildLock

        def waiting(message: str) -> None:
            if progress is not None:
                progress(BuildProgress("waiting", message=message))

        try:
            with BuildLock(self.folder, self.name, wait, waiting):
                manifest = self.manifest()
                if manifest is not None and not force and self._is_current(manifest):
                    return _report(manifest, built=False)
                clock = StageClock(progress)
                made = IndexBuild(self.name, self.spec, self.base, self.folder, self.encoder, clock).run()
                return _report(made, built=True, seconds=clock.seconds)
        except DocumentError as error:
            raise self._seen_from_here(error) from error
        except (OSError, sqlite3.Error) as error:
            if not self._is_own(error):
                raise DocumentError(
                    f"the file cannot be read: {getattr(error, 'strerror', None)}",
                    place=os.path.relpath(getattr(error, "filename", "")),
                    hint="let it be read; a document can be left out by 'exclude:' or 'damaged: skip' of a folder",
                ) from error
            raise CorpusError(
                f"the index of {self.name!r} cannot be written: {getattr(error, 'strerror', None) or error}",
                place=str(self.folder.root),
                hint="make room and let it be written, or set RAGKIT_HOME to another folder; finished vectors stay",
            ) from error

    def _is_own(self, error: Exception) -> bool:
        """False when the error names a file that is none of the index's or the encoder's: a document."""
        name = getattr(error, "filename", None)
        return not isinstance(name, str) or Path(name).absolute().is_relative_to(self.folder.root.parent.parent)

    def _seen_from_here(self, error: DocumentError) -> DocumentError:
        """The error with its place as a path from the current folder; a loader knows it from the corpus file."""
        place = error.place
        if place is not None and not os.path.isabs(place):
            place = os.path.relpath(self.base / place)
        return DocumentError(error.message, place=place, hint=error.hint)

    def reader(self) -> Reader:
        """The reader of the published version: the same object until another version is published.

        Raises:
            IndexMissing: Nothing is published.
            EncoderError: The corpus file names another encoder than the index was built with.
            CorpusError: The index is damaged.
        """
        pointer = self.folder.pointer_state()
        with self._lock:
            if self._reader is None or pointer != self._pointer:
                self._reader = self._open()
                self._pointer = pointer
            return self._reader

    def _open(self) -> Reader:
        hint = f"ragkit index {self.name}"
        for _ in range(10):
            version = self.folder.published()
            if version is None:
                raise IndexMissing(f"the corpus {self.name!r} has no index", hint=hint)
            folder = self.folder.versions / version
            try:
                mark = InUse(folder)
            except FileNotFoundError:
                continue  # another version was published and this one deleted since the pointer was read
            except OSError as error:
                raise CorpusError(
                    f"the index of {self.name!r} cannot be opened: {error.strerror}; readers leave a mark in it",
                    place=str(folder),
                    hint="let it be written, or set RAGKIT_HOME to a folder of yours",
                ) from error
            try:
                return self._open_version(folder, mark)
            except BaseException:
                mark.close()
                raise
        raise IndexMissing(f"the published version of the index of {self.name!r} is gone", hint=hint)

    def _open_version(self, folder: Path, mark: InUse) -> Reader:
        hint = f"ragkit index {self.name}"
        manifest = read_manifest(folder)
        if manifest is None:
            raise IndexMissing(f"the index of {self.name!r} was written by another ragkit, or is damaged", hint=hint)
        self._check_encoder(manifest)
        damage = find_damage(folder, manifest)
        if damage is not None:
            raise CorpusError(
                f"the index of {self.name!r} is damaged: {damage}", place=str(folder), hint=f"{hint} --force"
            )
        return Reader(self.name, folder, manifest, self.encoder, self.spec.store, mark)

    def _check_encoder(self, manifest: Manifest) -> None:
        if manifest.encoder["identity"] != self.encoder.identity:
            raise EncoderError(
                f"the index of {self.name!r} was built with the encoder {_named(manifest.encoder)}, but its file now "
                f"names {_named(dict(self.encoder.describe()))}",
                place=str(self.path),
                hint=f"ragkit index {self.name}",
            )

    def _is_current(self, manifest: Manifest) -> bool:
        from ragkit.corpus.index.sources import unchanged
        from ragkit.corpus.loaders import source_files

        if manifest.settings != self.spec.digest(self.encoder.identity):
            return False
        try:
            files = source_files(self.spec.source, self.base)
        except DocumentError:
            return False  # the build says what is missing
        return unchanged(files, self.base, manifest.files)


def load_corpus(name: str, corpora: Path, state: Path) -> Corpus:
    """The corpus ``<corpora>/<name>.yaml``, with its index in ``<state>/indexes/<name>``.

    Raises:
        UsageError: There is no such file; the message has the nearest name.
        SpecError: The file has errors.
    """
    return Corpus(corpus_file(name, corpora), state)


def _named(encoder: dict[str, object]) -> str:
    return f"{encoder['model']!r} ({encoder['dimensions']} dimensions, {str(encoder['digest'])[:12]})"


def _report(manifest: Manifest, *, built: bool, seconds: dict[str, float] | None = None) -> BuildReport:
    return BuildReport(
        corpus=manifest.corpus,
        version=manifest.version,
        built=built,
        documents=manifest.documents,
        passages=manifest.passages,
        sentences=manifest.sentences,
        encoded=manifest.encoded if built else 0,
        reused=manifest.reused if built else manifest.encoded + manifest.reused,
        over_limit=manifest.over_limit,
        warnings=manifest.warnings,
        seconds={} if seconds is None else dict(seconds),
        encoder=str(manifest.encoder["model"]),
        runtime=str(manifest.encoder["runtime"]),
    )
