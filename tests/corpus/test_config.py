"""The corpus file."""

from __future__ import annotations

from pathlib import Path

import pytest

from ragkit.corpus.config import CorpusSpec, corpus_file, corpus_names, read_corpus
from ragkit.errors import SpecError, UsageError

LEAST = "source: {kind: text, path: docs}\nchunks: {kind: sentences}\n"


def read(folder: Path, text: str, env: dict[str, str] | None = None) -> CorpusSpec:
    path = folder / "notes.yaml"
    path.write_text(text, encoding="utf-8")
    return read_corpus(path, env)


def test_the_least_file_has_the_defaults(tmp_path: Path) -> None:
    spec = read(tmp_path, LEAST)
    assert spec.encoder.model == "all-MiniLM-L6-v2"
    assert (spec.store.kind, spec.store.exact_up_to) == ("chroma", 200_000)
    assert (spec.bm25.k1, spec.bm25.b, spec.bm25.title_weight) == (0.9, 0.6, 3)
    assert (spec.bm25.stemmer, spec.bm25.stopwords) == ("english", "english")
    assert spec.sentences


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ("encodr: {}\n", "notes.yaml:3:1: encodr: unknown key 'encodr'"),
        ("encoder: {modle: x}\n", "notes.yaml:3:11: encoder.modle: unknown key 'modle'"),
        ("encoder: {device: gpu}\n", "encoder.device: found 'gpu'"),
        ("encoder: {dimensions: 0}\n", "encoder.dimensions"),
        ("bm25: {stemmer: englsh}\n", "did you mean 'english'?"),
        ("store: {kind: chroma-sever, host: x}\n", "did you mean 'chroma-server'?"),
        ("store: {kind: chroma-server}\n", "the key 'host' is missing"),
        ("sentences: yes\n", "sentences: found 'yes'"),
    ],
)
def test_errors_have_their_place(tmp_path: Path, more: str, says: str) -> None:
    with pytest.raises(SpecError) as error:
        read(tmp_path, LEAST + more)
    assert says in str(error.value)


def test_the_digest_is_of_what_changes_the_index(tmp_path: Path) -> None:
    plain = read(tmp_path, LEAST).digest("encoder")
    server = "store: {kind: chroma-server, host: x, token: '${SECRET}'}\n"
    same = ("name: other\n", "description: other\n", "encoder: {device: cpu, batch_size: 7}\n", "bm25: {k1: 0.9}\n")
    other = ("sentences: false\n", "bm25: {k1: 1.3}\n", "bm25: {title_weight: 1}\n", server)
    assert all(read(tmp_path, LEAST + more, {"SECRET": "s"}).digest("encoder") == plain for more in same)
    assert all(read(tmp_path, LEAST + more, {"SECRET": "s"}).digest("encoder") != plain for more in other)
    assert read(tmp_path, LEAST).digest("another encoder") != plain
    secrets = {read(tmp_path, LEAST + server, {"SECRET": secret}).digest("encoder") for secret in ("abcd", "efgh")}
    assert len(secrets) == 1


def test_a_corpus_is_found_by_its_name_alone(tmp_path: Path) -> None:
    corpora = tmp_path / "corpora"
    corpora.mkdir()
    (corpora / "papers.yaml").write_text(LEAST)
    (tmp_path / "outside.yaml").write_text(LEAST)
    assert corpus_names(corpora) == ["papers"]
    assert corpus_file("papers", corpora) == corpora / "papers.yaml"
    with pytest.raises(UsageError, match="no corpus is called 'paper'; did you mean 'papers'"):
        corpus_file("paper", corpora)
    with pytest.raises(UsageError):
        corpus_file("../outside", corpora)
