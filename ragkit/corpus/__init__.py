"""Corpora: documents, how they are cut, encoded and indexed, and how they are searched.

::

    corpus = load_corpus("papers", project.corpora, project.state)
    if corpus.status() != "current":
        corpus.build(progress=print)
    reader = corpus.reader()
    hits = reader.dense(reader.encode(["what is adaptive-k?"]), k=10)[0]
    passages = reader.passages(hits.indices)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragkit.corpus.config import CorpusSpec, corpus_names, read_corpus
    from ragkit.corpus.corpus import BuildReport, Corpus, load_corpus
    from ragkit.corpus.index.ranking import Hits
    from ragkit.corpus.progress import BuildProgress
    from ragkit.corpus.reader import Reader

__all__ = [
    "BuildProgress", "BuildReport", "Corpus", "CorpusSpec", "Hits", "Reader", "corpus_names", "load_corpus",
    "read_corpus",
]  # fmt: skip

_HOMES = {
    "BuildProgress": "progress",
    "BuildReport": "corpus",
    "Corpus": "corpus",
    "CorpusSpec": "config",
    "Hits": "index.ranking",
    "Reader": "reader",
    "corpus_names": "config",
    "load_corpus": "corpus",
    "read_corpus": "config",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
