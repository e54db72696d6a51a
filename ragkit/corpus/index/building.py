"""The build of an index: read, encode what is new, write a version, check it, publish it."""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path

from ragkit.corpus.chunks import chunk_documents
from ragkit.corpus.config import CorpusSpec
from ragkit.corpus.encoder.encoder import Encoder
from ragkit.corpus.files import flush_tree, read_json, write_json
from ragkit.corpus.index.check import check_version
from ragkit.corpus.index.chroma import ChromaStore
from ragkit.corpus.index.config import ChromaServerConfig
from ragkit.corpus.index.encoding import encode_missing
from ragkit.corpus.index.exact import ExactVectors
from ragkit.corpus.index.in_use import make_mark, remove_unless_in_use
from ragkit.corpus.index.journal import Journal
from ragkit.corpus.index.keyword import write_keywords
from ragkit.corpus.index.layout import IndexFolder
from ragkit.corpus.index.manifest import Manifest, SourceFile
from ragkit.corpus.index.sources import look_at
from ragkit.corpus.index.units import Units, gather
from ragkit.corpus.index.version import OpenVersion, file_sizes
from ragkit.corpus.index.writing import CHROMA, KEYWORDS, write_version
from ragkit.corpus.loaders import load_documents, source_files
from ragkit.corpus.progress import StageClock

_ANY_LENGTH = 1_000_000_000
# The journal forgets vectors that no text has any more once they outnumber those that are in use.
_SPARE = 2
_LIBRARIES = ("ragkit", "numpy", "bm25s", "chromadb", "sentence-transformers", "onnxruntime", "tokenizers")


@dataclass(frozen=True, slots=True)
class IndexBuild:
    """One build of one corpus; made and run by the holder of the build lock."""

    corpus: str
    spec: CorpusSpec
    base: Path
    folder: IndexFolder
    encoder: Encoder
    clock: StageClock

    def run(self) -> Manifest:
        """Builds and publishes a version.

        Raises:
            CorpusError: A document, the encoder or the store failed; what was published before stays as it was.
        """
        self.folder.versions.mkdir(parents=True, exist_ok=True)
        self._clean()
        warnings: list[str] = []
        files, units = self._read(warnings)
        with Journal(self.folder.journal, self.encoder.identity) as journal:
            encoded = encode_missing(units.texts, journal, self.encoder, self.clock)
            version = self.folder.new_version()
            target = self.folder.building(version)
            target.mkdir()
            try:
                manifest = self._write(target, version, files, units, journal, encoded, warnings)
                self.folder.publish(version)
            except BaseException:
                self.folder.remove(target)
                raise
            if journal.size() > _SPARE * len(units.texts):
                journal.keep_only(units.texts)
        self._clean()
        self.clock.end()
        return manifest

    def _write(
        self,
        target: Path,
        version: str,
        files: tuple[SourceFile, ...],
        units: Units,
        journal: Journal,
        encoded: int,
        warnings: list[str],
    ) -> Manifest:
        """A whole version in its folder, checked and on disk."""
        self.clock.begin("writing", len(units.chunks), "passages")
        write_version(target, units, journal, self.encoder.dimensions)
        self.clock.begin("bm25", len(units.chunks), "passages")
        words = write_keywords(target / KEYWORDS, ((c.title, c.text) for c in units.chunks), self.spec.bm25)
        collection = f"{self._collections()}{version}"
        self._store(target, units, collection)
        manifest = self._manifest(version, collection, files, units, encoded, words, warnings)
        recall = self._check(target, manifest, units)
        self.clock.begin("publishing")
        sizes = file_sizes(target)
        manifest = replace(manifest, recall=recall, seconds=dict(self.clock.seconds), sizes=sizes)
        manifest.write(target)
        make_mark(target)
        flush_tree(target)
        return manifest

    def _clean(self) -> None:
        """Deletes what builds left that did not end, old versions that nobody reads, and their collections."""
        for folder in self.folder.leftovers():
            self.folder.remove(folder)
        for folder in self.folder.old_versions():
            remove_unless_in_use(self.folder, folder)
        if isinstance(self.spec.store, ChromaServerConfig):
            prefix = self._collections()
            kept = {f"{prefix}{path.name}" for path in self.folder.versions.iterdir()}
            with ChromaStore(self.spec.store, self.folder.root, prefix) as chroma:
                for name in chroma.collections():
                    if name.startswith(prefix) and name not in kept:
                        chroma.drop(name)

    def _read(self, warnings: list[str]) -> tuple[tuple[SourceFile, ...], Units]:
        if not self.encoder.is_prepared:
            self.clock.begin("preparing", message=f"making the encoder {self.encoder.name} ready, once")
        limit = self.encoder.limit
        self.clock.begin("reading", None, "documents")
        files = look_at(source_files(self.spec.source, self.base), self.base)
        documents = []
        for document in load_documents(self.spec.source, self.base, warnings.append):
            documents.append(document)
            if len(documents) % 100 == 0:
                self.clock.step(len(documents), None, "documents")
        count = self.encoder.count_tokens
        most = _ANY_LENGTH if limit is None else limit
        chunks = list(chunk_documents(self.spec.chunks, documents, count, most))
        units = gather(documents, chunks, count, self.spec.sentences)
        self.clock.step(len(documents), len(documents), "documents")
        over = sum(tokens > most for tokens in units.tokens)
        if over:
            warnings.append(
                f"{over} of {len(chunks)} passages are longer than the {limit} tokens that the encoder "
                f"{self.encoder.name} reads; what lies beyond has no part in their vectors"
            )
        runtime, reason = self.encoder.runtime()
        if runtime == "torch":
            warnings.append(f"questions run on torch, which takes seconds to start: {reason}")
        return files, units

    def _collections(self) -> str:
        """How the names of this index's collections begin on a server that others use too."""
        path = self.folder.root / "identity.json"
        found = read_json(path)
        if not isinstance(found, dict):
            found = {"id": secrets.token_hex(4)}
            write_json(path, found)
        readable = re.sub(r"[^a-zA-Z0-9_-]", "-", self.corpus)[:80]
        return f"ragkit-{readable}-{found['id']}-"

    def _store(self, target: Path, units: Units, collection: str) -> None:
        self.clock.begin("storing", len(units.chunks), "passages")
        with ChromaStore(self.spec.store, target / CHROMA, collection) as chroma:
            chroma.create()
            chroma.add(
                [chunk.id for chunk in units.chunks],
                ExactVectors(target).rows,
                [chunk.text for chunk in units.chunks],
                [{**c.metadata, "doc_id": c.doc_id, "title": c.title, "ordinal": c.ordinal} for c in units.chunks],
                lambda done: self.clock.step(done, len(units.chunks), "passages"),
            )

    def _manifest(
        self,
        version: str,
        collection: str,
        files: tuple[SourceFile, ...],
        units: Units,
        encoded: int,
        words: int,
        warnings: list[str],
    ) -> Manifest:
        limit = self.encoder.limit
        keys = sorted({str(key) for document in units.chunks for key in document.metadata})
        return Manifest(
            corpus=self.corpus,
            version=version,
            settings=self.spec.digest(self.encoder.identity),
            files=files,
            encoder=dict(self.encoder.describe()),
            store=self.spec.store.model_dump(mode="json", exclude={"token"}),
            collection=collection,
            bm25=self.spec.bm25.model_dump(mode="json"),
            documents=len(units.documents),
            passages=len(units.chunks),
            sentences=units.sentence_count,
            has_sentence_vectors=self.spec.sentences,
            words=words,
            over_limit=0 if limit is None else sum(tokens > limit for tokens in units.tokens),
            encoded=encoded,
            reused=len(units.texts) - encoded,
            warnings=tuple(warnings),
            metadata_keys=tuple(keys),
            recall=None,
            built=time.time(),
            seconds={},
            versions={name: metadata.version(name) for name in _LIBRARIES},
            sizes={},
        )

    def _check(self, target: Path, manifest: Manifest, units: Units) -> float | None:
        self.clock.begin("checking")
        with ChromaStore(self.spec.store, target / CHROMA, manifest.collection) as chroma:
            chroma.open()
            return check_version(
                OpenVersion(target, manifest), [chunk.id for chunk in units.chunks], self.encoder, chroma
            )
