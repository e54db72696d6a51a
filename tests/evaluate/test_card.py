from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from ragkit.evaluate import card
from ragkit.evaluate.card import file_card, machine, shown_path, trained_card, versions
from ragkit.evaluate.known import KnownDocuments
from ragkit.spec.load import load_text
from ragkit.trained import Trained
from tests.components.fake_corpus import FakeReader
from tests.engine.parts import CATALOGUE


def test_a_path_is_told_from_the_project_and_tells_nothing_of_a_home(tmp_path: Path) -> None:
    assert shown_path(tmp_path / "data" / "q.jsonl", tmp_path) == "data/q.jsonl"
    assert shown_path(tmp_path.parent / "elsewhere" / "q.jsonl", tmp_path) == "q.jsonl"


def test_a_file_is_told_with_its_digest(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"x: 1\n")
    digest = hashlib.sha256(b"x: 1\n").hexdigest()
    assert file_card(tmp_path / "a.yaml", tmp_path) == {"file": "a.yaml", "sha256": digest}
    assert file_card(None, tmp_path) is None


def test_versions_and_machine_are_known_here() -> None:
    found = versions()
    assert found["ragkit"] and found["python"] and found["numpy"]
    here = machine()
    assert here["cores"] >= 1
    assert here["memory_gb"] > 0.1
    assert here["system"]


def test_what_is_not_known_is_null(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card, "PACKAGES", ("no-such-package",))
    assert versions()["no-such-package"] is None
    monkeypatch.delattr("os.sysconf")
    assert machine()["memory_gb"] is None


def test_the_processor_is_read_from_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: "flags : x\nmodel name\t:  A   Fast One\n")
    assert machine()["cpu"] == "A Fast One"
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: "flags : x\n")
    monkeypatch.setattr("platform.processor", lambda: "")
    assert machine()["cpu"] is None


def test_trained_files_are_named_with_what_they_were_trained_on(tmp_path: Path) -> None:
    data = {"sha256": "d" * 64, "asked": 5, "of": 9}
    digest = Trained("select.learned", {"weights": []}, {"data": data}, {}).write(tmp_path / "t.json")
    text = (
        "version: 1\nname: x\nsteps: {found: {use: t.search}, "
        "kept: {use: select.learned, passages: found, state: t.json, recall: 0.9}}\noutput: kept\n"
    )
    plan = load_text(text, str(tmp_path / "x.yaml"), base=tmp_path, catalogue=CATALOGUE)
    assert trained_card(plan) == {"kept": {"file": "t.json", "sha256": digest, "data": data}}
    json.dumps(trained_card(plan))


def test_documents_are_known_where_one_of_the_corpora_has_them() -> None:
    first, second = FakeReader({"a": ["one"]}), FakeReader({"b": ["two"]})
    asked: list[str] = []
    for reader in (first, second):
        reader.document = lambda id, of=reader: asked.append(id) or _document(of, id)  # type: ignore[attr-defined]
    known = KnownDocuments([first, second])
    assert "a" in known
    assert "b" in known
    assert "c" not in known
    assert 3 not in known
    count = len(asked)
    assert "c" not in known
    assert len(asked) == count, "asked once"


def _document(reader: FakeReader, id: str) -> dict[str, str]:
    from ragkit.errors import UsageError

    if id not in {passage.doc_id for passage in reader.items}:
        raise UsageError(f"no document {id!r}")
    return {"id": id}
