"""What the Corpus page reads: documents, their neighbours, the map. Kept for each published version of an index."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from ragkit.corpus.config import corpus_names
from ragkit.corpus.corpus import Corpus
from ragkit.corpus.reader import Reader
from ragkit.engine.scope import Corpora
from ragkit.trace.words import in_words
from ragkit.types import Passage
from ui import data
from ui.atlas import Atlas, kept, survey
from ui.builds import Builds

_FOUND = 200
_DRAWING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Entry:
    """A document in the list of all: ``number`` is its place in the corpus, ``values`` its metadata in words."""

    number: int
    id: str
    title: str
    passages: int
    characters: int
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A document that is near to something, by its nearest passage."""

    id: str
    title: str
    cosine: float


def names() -> list[str]:
    """The corpora of the project."""
    return corpus_names(data.project().corpora)


def corpus(name: str) -> Corpus:
    """A corpus of the project; the one that pipelines hold too, so that nothing is loaded twice.

    Raises:
        UsageError: There is none of that name.
        SpecError: Its file has errors.
    """
    owner = data.project()
    found: Corpus = Corpora(owner.corpora, owner.state).open(name)
    return found


def entries(reader: Reader) -> Sequence[Entry]:
    """Every document of a version."""
    return _entries(str(data.project().state), reader.name, reader.version, reader)


def search(reader: Reader, text: str) -> list[Entry]:
    """Documents whose id, title or metadata holds a text, in any case; then those that share words with it (BM25)."""
    wanted = text.casefold().strip()
    every = entries(reader)
    named = [e for e in every if wanted in "\n".join((e.id, e.title, *e.values.values())).casefold()]
    by_id = {entry.id: entry for entry in every}
    hits = reader.bm25([text], _FOUND)[0]
    worded = dict.fromkeys(passage.doc_id for passage in reader.passages(hits.indices))
    return list({entry.id: entry for entry in (*named, *(by_id[id] for id in worded))}.values())


def passages(reader: Reader, document: dict[str, Any]) -> list[Passage]:
    """The passages of a document."""
    return reader.passages(range(document["first"], document["first"] + document["count"]))


def neighbours(reader: Reader, document: dict[str, Any], most: int = 10) -> list[Neighbour]:
    """The documents nearest to one, by the mean of its passages' vectors and the nearest passage of each."""
    vectors = reader.vectors(range(document["first"], document["first"] + document["count"]))
    mean = vectors.mean(axis=0)
    length = float(np.linalg.norm(mean))
    return [n for n in nearest(reader, mean / length if length else mean, most + 1) if n.id != document["id"]][:most]


def nearest(reader: Reader, vector: Any, most: int) -> list[Neighbour]:
    """The documents nearest to a vector of length 1, each once, at its nearest passage."""
    wanted, found = most * 4, dict[str, Neighbour]()
    while True:
        hits = reader.dense(np.asarray(vector, dtype=np.float32)[None, :], min(wanted, reader.count))[0]
        for passage, score in zip(reader.passages(hits.indices), hits.scores, strict=True):
            found.setdefault(passage.doc_id, Neighbour(passage.doc_id, passage.title, float(score)))
        if len(found) >= most or wanted >= reader.count:
            return list(found.values())[:most]
        wanted *= 4


def atlas(reader: Reader) -> Atlas:
    """The map of a version: read where it was kept, else made and kept (unless the app is read-only)."""
    return _atlas(data.project().state / "maps" / reader.name, reader.version, reader)


@st.cache_resource
def builds() -> Builds:
    """The indexes that are being built."""
    return Builds()


@st.cache_resource(max_entries=8, show_spinner=False)
def _entries(state: str, name: str, version: str, _reader: Reader) -> Sequence[Entry]:
    return [
        Entry(
            number, str(found["id"]), str(found["title"]), int(found["count"]), len(found["text"]),
            {key: words(value) for key, value in (found.get("metadata") or {}).items()},
        )
        for number, found in enumerate(_reader.documents())
    ]  # fmt: skip


@st.cache_resource(max_entries=8, show_spinner="Drawing the map of this version, once")
def _atlas(folder: Path, version: str, _reader: Reader) -> Atlas:
    path = folder / f"{version}.npz"
    with _DRAWING:
        found = kept(path)
        if found is None:
            found = survey(_reader)
            try:
                found.save(path)
            except OSError:
                return found  # a state folder that cannot be written to: the map is made again by the next process
            for old in folder.glob("*.npz"):
                if old != path:
                    old.unlink(missing_ok=True)
    return found


def words(value: Any) -> str:
    """A value of metadata in words: a list of words and numbers with commas."""
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple)) and all(isinstance(each, (str, int, float)) for each in value):
        return ", ".join(map(str, value))
    return in_words(value, 200)
