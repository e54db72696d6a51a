"""The files of a version: passages and documents, vectors, sentences, keywords."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from ragkit.corpus.documents import Chunk, Document
from ragkit.corpus.index.exact import FILE as VECTORS
from ragkit.corpus.index.journal import Journal
from ragkit.corpus.index.records import RecordWriter
from ragkit.corpus.index.units import Units

ROWS, SENTENCES, KEYWORDS, CHROMA = "rows.npy", "sentences", "bm25", "chroma"
ROW = np.dtype([("document", np.int32), ("metadata", np.int32), ("tokens", np.int32)])
SPAN = np.dtype([("start", np.int32), ("end", np.int32), ("row", np.int32)])


def write_version(folder: Path, units: Units, journal: Journal, dimensions: int) -> None:
    """Writes texts and vectors: everything but the keyword index and Chroma's part."""
    _write_texts(folder, units)
    _write_vectors(folder / VECTORS, units.passages, journal, dimensions)
    _write_sentences(folder / SENTENCES, units, journal, dimensions)


def _write_texts(folder: Path, units: Units) -> None:
    rows = np.zeros(len(units.chunks), dtype=ROW)
    rows["tokens"] = units.tokens
    counts: dict[str, int] = {}
    firsts: dict[str, int] = {}
    metadata: dict[str, int] = {}
    with RecordWriter(folder, "metadata") as kinds, RecordWriter(folder, "passages") as passages:
        for number, chunk in enumerate(units.chunks):
            key = json.dumps(dict(chunk.metadata), sort_keys=True)
            if key not in metadata:
                metadata[key] = kinds.add(dict(chunk.metadata))
            rows["metadata"][number] = metadata[key]
            passages.add(_passage(chunk))
            firsts.setdefault(chunk.doc_id, number)
            counts[chunk.doc_id] = counts.get(chunk.doc_id, 0) + 1
    with RecordWriter(folder, "documents") as documents:
        for document in units.documents:
            first, count = firsts.get(document.id, 0), counts.get(document.id, 0)
            rows["document"][first : first + count] = documents.add(_document(document, first, count))
    np.save(folder / ROWS, rows)


def _passage(chunk: Chunk) -> dict[str, Any]:
    return {
        "id": chunk.id,
        "doc_id": chunk.doc_id,
        "title": chunk.title,
        "text": chunk.text,
        "start": chunk.start,
        "end": chunk.end,
        "ordinal": chunk.ordinal,
        "parent": chunk.parent,
        "previous": chunk.previous,
        "next": chunk.next,
    }


def _document(document: Document, first: int, count: int) -> dict[str, Any]:
    return {
        "id": document.id,
        "title": document.title,
        "text": document.text,
        "metadata": dict(document.metadata),
        "source": document.source,
        "first": first,
        "count": count,
    }


def _write_vectors(path: Path, hashes: list[bytes], journal: Journal, dimensions: int) -> None:
    if not hashes:
        np.save(path, np.zeros((0, dimensions), dtype=np.float32))
        return
    target = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(len(hashes), dimensions))
    journal.fill(hashes, target)
    target.flush()


def _write_sentences(folder: Path, units: Units, journal: Journal, dimensions: int) -> None:
    folder.mkdir()
    flat = [span for spans in units.spans for span in spans]
    firsts = np.zeros(len(units.spans) + 1, dtype=np.int64)
    np.cumsum([len(spans) for spans in units.spans], out=firsts[1:])
    np.save(folder / "spans.npy", np.array(flat, dtype=SPAN))
    np.save(folder / "firsts.npy", firsts)
    _write_vectors(folder / VECTORS, units.sentences, journal, dimensions)
