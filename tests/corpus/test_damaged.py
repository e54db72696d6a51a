"""What is damaged, full or not allowed: each is told with its place and what mends it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from ragkit.corpus.corpus import Corpus
from ragkit.corpus.index import building
from ragkit.errors import CorpusError, DocumentError, IndexMissing
from tests.corpus.corpora import answers, build, document, write_corpus

pytestmark = pytest.mark.slow
DOCUMENTS = [document(number) for number in range(24)]


@pytest.fixture
def path(tmp_path: Path, tiny_model: Path) -> Path:
    return write_corpus(tmp_path / "corpora", DOCUMENTS, tiny_model)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path, prepared_state: Path) -> tuple[Path, Path]:
    """A corpus file and a state folder with its index; not to be changed."""
    home = tmp_path_factory.mktemp("built")
    state = Path(shutil.copytree(prepared_state, home / "state"))
    path = write_corpus(home / "corpora", DOCUMENTS, tiny_model)
    build(path, state)
    return path, state


@pytest.mark.parametrize("name", ["vectors.npy", "passages.jsonl", "bm25/vocab.index.json"])
@pytest.mark.parametrize("cut", [0, 500, None])
def test_a_damaged_index_says_so_and_what_mends_it(
    built: tuple[Path, Path], tmp_path: Path, name: str, cut: int | None
) -> None:
    path, state = built
    state = Path(shutil.copytree(state, tmp_path / "copy"))
    folder = Corpus(path, state).folder
    file = folder.versions / str(folder.published()) / name
    if cut is None:
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:cut])
    with pytest.raises(CorpusError, match="the index of 'notes' is damaged") as error:
        Corpus(path, state).reader()
    assert error.value.hint == "ragkit index notes --force"


def test_a_damaged_index_is_built_anew(path: Path, state: Path) -> None:
    corpus = build(path, state)
    before = answers(corpus.reader())
    (corpus.folder.versions / corpus.reader().version / "vectors.npy").write_bytes(b"")
    other = Corpus(path, state)
    assert other.build(force=True).encoded == 0
    assert answers(other.reader()) == before


def test_an_index_of_another_format_is_missing(path: Path, state: Path) -> None:
    corpus = build(path, state)
    file = corpus.folder.versions / corpus.reader().version / "manifest.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "format": 0}))
    other = Corpus(path, state)
    assert other.status() == "missing"
    with pytest.raises(IndexMissing, match="written by another ragkit"):
        other.reader()
    assert other.build().encoded == 0


def test_a_damaged_document_is_named_as_seen_from_the_current_folder(
    path: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = path.parent.parent / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    (file,) = path.parent.rglob("*.jsonl")
    file.write_text("no JSON\n")
    with pytest.raises(DocumentError) as raised:
        build(path, state)
    place = (raised.value.place or "").partition(":")[0]
    assert Path(place).samefile(file)


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), sqlite3.OperationalError("database or disk is full")]
)
def test_a_full_disk_is_told_with_the_folder_and_what_mends_it(
    path: Path, state: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(building.IndexBuild, "run", full)
    with pytest.raises(CorpusError, match=r"cannot be written: (No space left|database or disk is full)") as raised:
        build(path, state)
    assert raised.value.place == str(state / "indexes" / path.stem)
    assert "RAGKIT_HOME" in (raised.value.hint or "")


def test_an_index_in_which_no_mark_can_be_left_is_told_of(
    built: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any) -> None:
        raise PermissionError(13, "Permission denied", "in-use")

    monkeypatch.setattr("ragkit.corpus.corpus.InUse", refused)
    path, state = built
    with pytest.raises(CorpusError, match="cannot be opened: Permission denied; readers leave a mark in it") as raised:
        Corpus(path, state).reader()
    assert "RAGKIT_HOME" in (raised.value.hint or "")


def test_a_document_that_nobody_may_read_is_not_a_full_disk(
    path: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = path.parent / "docs.jsonl"

    def refused(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied", str(file))

    monkeypatch.setattr(building.IndexBuild, "run", refused)
    with pytest.raises(DocumentError, match="the file cannot be read: Permission denied") as raised:
        build(path, state)
    assert Path(raised.value.place or "").samefile(file)
