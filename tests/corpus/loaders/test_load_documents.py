"""What holds for every source: unique ids, encodings, warnings, paths, and the files an index watches."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from ragkit.corpus.loaders import SourceSpec, load_documents, source_files
from ragkit.errors import DocumentError

SPECS: TypeAdapter[SourceSpec] = TypeAdapter(SourceSpec)


def test_an_id_that_is_given_twice_names_both_places(load: Any, write: Any) -> None:
    write("a.jsonl", '{"id": "x", "text": "one"}\n')
    write("b.jsonl", '{"id": "y", "text": "two"}\n{"id": "x", "text": "three"}\n')
    with pytest.raises(DocumentError) as caught:
        load("jsonl", "*.jsonl")
    assert str(caught.value) == "the id 'x' is given twice: first in a.jsonl:1"
    assert caught.value.place == "b.jsonl:2"


def test_all_ids_that_are_given_twice_are_told_at_once(load: Any, write: Any) -> None:
    write("a.jsonl", "".join(f'{{"id": "d{n}", "text": "one"}}\n' for n in range(13)))
    write("b.jsonl", '{"id": "d7", "text": "two"}\n{"id": "new", "text": "three"}\n{"id": "d2", "text": "four"}\n')
    with pytest.raises(DocumentError) as caught:
        load("jsonl", "*.jsonl")
    assert caught.value.place == "b.jsonl:1"
    assert str(caught.value) == (
        "the id 'd7' is given twice: first in a.jsonl:8; so is 1 more: 'd2' in b.jsonl:3 (first in a.jsonl:3)"
    )
    write("c.jsonl", "".join(f'{{"id": "d{n}", "text": "one"}}\n' for n in range(13)))
    with pytest.raises(DocumentError, match=r"so are 14 more: .*, and 5 that are not named here") as caught:
        load("jsonl", "*.jsonl")
    assert str(caught.value).count("(first in ") == 9


def test_ids_given_twice_are_told_also_where_a_later_file_is_broken(load: Any, write: Any) -> None:
    write("a.jsonl", '{"id": "x", "text": "one"}\n{"id": "x", "text": "two"}\n')
    write("b.jsonl", "no JSON\n")
    with pytest.raises(DocumentError, match=r"the id 'x' is given twice: first in a\.jsonl:1") as caught:
        load("jsonl", "*.jsonl")
    assert caught.value.place == "a.jsonl:2"


def test_warnings_are_counted_and_come_even_when_reading_ends_early(write: Any, base: Path) -> None:
    for number in range(9):
        write(f"{number}.txt", "")
    write("x.txt", "some text")
    warnings: list[str] = []
    spec = SPECS.validate_python({"kind": "text", "path": "."})
    documents = load_documents(spec, base, warnings.append)
    assert next(documents).id == "x.txt"
    assert warnings == []
    documents.close()  # type: ignore[attr-defined]
    assert warnings == ["9 documents without text were left out: 0.txt, 1.txt, 2.txt, 3.txt, 4.txt and 4 more"]


def test_no_document_at_all_is_an_error(load: Any, write: Any) -> None:
    write("a.txt", " \n")
    with pytest.raises(DocumentError, match="no document was found"):
        load("text", "a.txt")


def test_encodings(load: Any, write: Any) -> None:
    write("bom.txt", b"\xef\xbb\xbfGr\xc3\xbc\xc3\x9fe\r\nzwei\rdrei")
    write("latin.txt", "Grüße".encode("latin-1"))
    write("wide.txt", "Grüße".encode("utf-16"))
    write("wide.jsonl", '{"text": "Grüße"}\n{"text": "zwei"}'.encode("utf-16"))
    assert load("text", "bom.txt")[0][0].text == "Grüße\nzwei\ndrei"
    assert load("text", "latin.txt", encoding="cp1252")[0][0].text == "Grüße"
    assert load("text", "wide.txt", encoding="utf-16")[0][0].text == "Grüße"
    assert [d.text for d in load("jsonl", "wide.jsonl", encoding="utf-16")[0]] == ["Grüße", "zwei"]


@pytest.mark.parametrize("kind", ["text", "markdown", "listings", "jsonl", "csv"])
def test_a_wrong_byte_is_named(load: Any, write: Any, kind: str) -> None:
    fine = b"x" * 70_000  # beyond what a decoder reads at once
    write("a.dat", b"text\n" + fine + b"\nGr\xfc\n")
    with pytest.raises(DocumentError) as caught:
        load(kind, "a.dat", **({"columns": ["text"]} if kind == "csv" else {}))
    if kind == "jsonl":  # the first line is no JSON and is met first
        assert caught.value.place == "a.dat:1:1"
        return
    assert str(caught.value) == "byte 70008 (0xfc) is not utf-8"
    assert caught.value.place == "a.dat:3"
    assert "encoding:" in (caught.value.hint or "")


def test_a_wrong_byte_in_json_lines_is_named_too(load: Any, write: Any) -> None:
    write("a.jsonl", b'{"text": "' + b"x" * 70_000 + b'"}\n{"text": "Gr\xfc"}\n')
    with pytest.raises(DocumentError, match=r"byte 70025 \(0xfc\) is not utf-8"):
        load("jsonl", "a.jsonl")


def test_utf16_without_being_told_is_explained(load: Any, write: Any) -> None:
    write("a.txt", "Grüße".encode("utf-16"))
    with pytest.raises(DocumentError) as caught:
        load("text", "a.txt")
    assert "encoding: utf-16" in (caught.value.hint or "")
    write("b.txt", "plain".encode("utf-16-le"))
    with pytest.raises(DocumentError, match="is NUL: the file is not text"):
        load("text", "b.txt")


@pytest.mark.parametrize("encoding", ["utf8x", "rot13", "hex", "", "idna\0"])
def test_an_unknown_encoding_is_refused(encoding: str) -> None:
    with pytest.raises(ValidationError, match="encoding"):
        SPECS.validate_python({"kind": "text", "path": "a.txt", "encoding": encoding})


@pytest.mark.parametrize(
    "spec",
    [
        {"kind": "text"},
        {"kind": "text", "path": "a", "enconding": "utf-8"},
        {"kind": "text", "path": ""},
        {"kind": "text", "path": []},
        {"kind": "folder", "path": "a", "include": []},
        {"kind": "folder", "path": "a", "include": ["../b"]},
        {"kind": "folder", "path": "a", "exclude": ["/b"]},
        {"kind": "folder", "path": "a", "readers": {"md": {"kind": "text"}}},
        {"kind": "folder", "path": "a", "readers": {".md": {"kind": "text", "path": "x"}}},
        {"kind": "csv", "path": "a", "delimiter": ",,"},
        {"kind": "word", "path": "a"},
        {"path": "a"},
    ],
)
def test_a_wrong_source_is_refused(spec: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SPECS.validate_python(spec)


def test_every_field_of_every_source_is_described() -> None:
    schema = SPECS.json_schema()
    for name, model in schema["$defs"].items():
        for field, value in model["properties"].items():
            assert value.get("description"), f"{name}.{field}"


def test_paths(load: Any, write: Any, base: Path) -> None:
    write("../data/guides/b.txt", "b")
    write("../data/guides/a/c.txt", "c")
    write("../data/guides/.hidden/d.txt", "d")
    write("../data/guides/e.md", "e")
    ids = [d.id for d in load("text", "../data")[0]]
    assert ids == ["data/guides/a/c.txt", "data/guides/b.txt"]
    assert [d.id for d in load("text", "../data/guides/b.txt")[0]] == ["data/guides/b.txt"]
    assert [d.source for d in load("text", "../data/*/*.txt")[0]] == ["../data/guides/b.txt"]
    assert [d.id for d in load("text", ["../data/guides/*.txt", "../data/guides"])[0]] == list(reversed(ids))
    absolute = str((base / "../data/guides").resolve())
    assert [d.id for d in load("text", absolute)[0]] == ["guides/a/c.txt", "guides/b.txt"]


def test_a_path_that_names_nothing_is_explained(load: Any, write: Any) -> None:
    write("notes/a.md", "a")
    for path, message in (
        ("note", "there is no file or folder 'note'; did you mean 'notes'?"),
        ("notes", "the folder holds no file that ends in .txt or .text"),
        ("notes/*.txt", "no file matches '*.txt' in the folder 'notes'"),
        ("no/where.txt", "there is no folder"),
    ):
        with pytest.raises(DocumentError) as caught:
            load("text", path)
        assert message in str(caught.value)
        assert caught.value.place == path


def test_names_compose_accents_one_way(load: Any, write: Any) -> None:
    write("cafe\u0301.txt", "text")
    assert load("text", ".")[0][0].id == "caf\u00e9.txt"


def test_a_name_that_is_no_unicode_is_an_error_that_can_be_printed(load: Any, base: Path) -> None:
    try:
        with open(os.path.join(os.fsencode(base), b"a\xff.txt"), "wb") as file:
            file.write(b"text")
    except OSError:
        pytest.skip("needs Windows or Linux: this file system takes only UTF-8 names")
    with pytest.raises(DocumentError) as caught:
        load("text", ".")
    assert str(caught.value).encode() and (caught.value.place or "").encode()


def test_the_files_of_a_source_are_those_that_are_read(write: Any, base: Path) -> None:
    write("a.txt", "a")
    write("b.txt", "")
    write("c.md", "c")
    spec = SPECS.validate_python({"kind": "text", "path": "."})
    assert source_files(spec, base) == [base / "a.txt", base / "b.txt"]
    mixed = SPECS.validate_python({"kind": "folder", "path": "."})
    assert source_files(mixed, base) == [base / "a.txt", base / "b.txt", base / "c.md"]


def test_text_may_be_titled_by_its_first_line(load: Any, write: Any) -> None:
    write("a.txt", "\n  The Title \n\nBody.\nMore.")
    write("b.txt", "One line")
    documents, _ = load("text", ".", title="first_line")
    assert [(d.title, d.text) for d in documents] == [("The Title", "\nBody.\nMore."), ("One line", "One line")]
    assert [d.title for d in load("text", ".")[0]] == ["a", "b"]
