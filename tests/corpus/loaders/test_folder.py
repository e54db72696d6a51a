"""A folder of mixed files."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from ragkit.corpus.loaders.folder import FolderSource
from ragkit.corpus.loaders.notes import Notes
from ragkit.errors import DocumentError


@pytest.fixture
def mixed(write: Any) -> None:
    write("d/b.md", "# B\n\ntext of b")
    write("d/a.txt", "text of a")
    write("d/sub/c.jsonl", '{"id": "c1", "text": "text of c"}')
    write("d/sub/D.CSV", "id,text\nd1,text of d\n")
    write("d/.hidden.md", "hidden")
    write("d/sub/image.png", b"\x89PNG")
    write("d/drafts/deep/e.md", "a draft")


def test_each_file_is_read_by_its_suffix(load: Any, mixed: None) -> None:
    documents, warnings = load("folder", "d")
    assert [(d.id, d.text) for d in documents] == [
        ("d/a.txt", "text of a"),
        ("d/b.md", "text of b"),
        ("d/drafts/deep/e.md", "a draft"),
        ("d1", "text of d"),
        ("c1", "text of c"),
    ]
    assert warnings == ["a file of no known kind was left out: d/sub/image.png"]


def test_globs(load: Any, mixed: None) -> None:
    def ids(**options: Any) -> list[str]:
        return [d.id for d in load("folder", "d", **options)[0]]

    assert ids(include=["*.md", "*.txt"]) == ["d/a.txt", "d/b.md"]
    assert ids(include=["**/*.md"]) == ["d/b.md", "d/drafts/deep/e.md"]
    assert ids(include=["**/*.md"], exclude=["drafts"]) == ["d/b.md"]
    assert ids(include=["**/*.md"], exclude=["**/deep/"]) == ["d/b.md"]
    assert ids(exclude=["sub", "*.txt", "drafts/**"]) == ["d/b.md"]
    assert ids(include=["*.md"], hidden=True) == ["d/.hidden.md", "d/b.md"]
    assert load("folder", "d", include=["*.md", "*.rst"])[1] == ["a glob matches no file: '*.rst'"]
    with pytest.raises(DocumentError, match="holds no file to read"):
        ids(include=["*.rst"])


def test_a_suffix_can_have_another_reader(load: Any, write: Any, mixed: None) -> None:
    write("d/x.log", "First line\nthe rest")
    readers = {".log": {"kind": "text", "title": "first_line"}, ".md": {"kind": "text"}}
    documents, _ = load("folder", "d", include=["*.log", "b.md"], readers=readers)
    assert [(d.title, d.text) for d in documents] == [("b", "# B\n\ntext of b"), ("First line", "the rest")]


def test_a_file_that_cannot_be_read_is_an_error_or_left_out(load: Any, write: Any, mixed: None) -> None:
    write("d/bad.txt", b"\xff\xfe\xfa")
    with pytest.raises(DocumentError, match="is not utf-8"):
        load("folder", "d")
    documents, warnings = load("folder", "d", damaged="skip")
    assert len(documents) == 5
    assert warnings == [
        "a file of no known kind was left out: d/sub/image.png",
        "a file that cannot be read was left out: d/bad.txt:1: byte 0 (0xff) is not utf-8",
    ]


def test_a_folder_must_be_one(load: Any, mixed: None) -> None:
    with pytest.raises(DocumentError, match="the folder 'e' does not exist"):
        load("folder", "e")
    with pytest.raises(DocumentError, match=r"the folder 'd/a.txt' is a file"):
        load("folder", "d/a.txt")


def test_all_files_that_cannot_be_read_are_named_at_once(load: Any, write: Any, mixed: None) -> None:
    write("d/bad.txt", b"\xff\xfe\xfa")
    with pytest.raises(DocumentError) as one:
        load("folder", "d")
    assert one.value.place == "d/bad.txt:1"
    assert (one.value.hint or "").startswith("set 'encoding: utf-16'; settings of a reader stand in 'readers:', as ")
    assert "'damaged: skip'" in (one.value.hint or "")
    write("d/sub/c.jsonl", '{"id": "c1", "text": "text of c"}\nnothing\n')
    with pytest.raises(DocumentError) as several:
        load("folder", "d")
    assert several.value.place == "d"
    first, *listed = several.value.message.splitlines()
    assert first == "2 files of the folder cannot be read:"
    assert [line.split(": ")[0].strip() for line in listed] == ["d/bad.txt:1", "d/sub/c.jsonl:2:1"]
    assert listed[0].endswith("(set 'encoding: utf-16')")
    assert "'readers:', as {.txt: {kind: text, encoding: cp1252}}" in (several.value.hint or "")
    assert "damaged: skip" in (several.value.hint or "")


def test_a_file_that_is_left_out_leaves_no_half_behind(load: Any, write: Any, mixed: None) -> None:
    write("d/sub/c.jsonl", '{"id": "c1", "text": "text of c"}\nnothing\n')
    documents, warnings = load("folder", "d", damaged="skip")
    assert "c1" not in [document.id for document in documents]
    assert any("a file that cannot be read was left out: d/sub/c.jsonl:2" in warning for warning in warnings)


def test_a_file_that_nobody_may_read_is_left_out(load: Any, mixed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The build hashes every file before one is read, so such a file must not be among them."""
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: not str(path).endswith("a.txt") and allowed(path, mode))
    documents, warnings = load("folder", "d", damaged="skip")
    assert "d/a.txt" not in [document.id for document in documents]
    assert "a file that cannot be read was left out: d/a.txt: permission denied" in warnings


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux: elsewhere names are Unicode")
def test_a_name_that_is_no_unicode_is_an_error_or_left_out(load: Any, mixed: None, tmp_path: Path) -> None:
    (found,) = tmp_path.rglob("a.txt")
    with open(os.fsencode(found.parent) + b"/bad\xff.txt", "w") as file:
        file.write("a text")
    with pytest.raises(DocumentError, match="the file's name is not UTF-8") as raised:
        load("folder", "d")
    assert raised.value.place == "d/bad\\udcff.txt"
    assert "damaged: skip" in (raised.value.hint or "")
    documents, warnings = load("folder", "d", damaged="skip")
    assert len(documents) == 5
    assert r"a file that cannot be read was left out: d/bad\udcff.txt: the file's name is not UTF-8" in warnings
    source = FolderSource(kind="folder", path="d", damaged="skip")
    assert b"\xff" not in b"".join(os.fsencode(file.path) for file in source.files(found.parent.parent, Notes()))
