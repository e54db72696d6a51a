"""PDF: text, pages, damaged and locked files."""

from __future__ import annotations

import io
import sys
from typing import Any

import pypdf
import pytest
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from ragkit.errors import DocumentError, MissingExtra


def pdf(pages: list[list[str]], password: str | None = None, **told: str) -> bytes:
    """A PDF with these lines on its pages; a page without lines has no text."""
    writer = pypdf.PdfWriter()
    font = DictionaryObject(
        {NameObject("/Type"): NameObject("/Font"), NameObject("/Subtype"): NameObject("/Type1"),
         NameObject("/BaseFont"): NameObject("/Helvetica")}
    )  # fmt: skip
    for lines in pages:
        page = writer.add_blank_page(300, 300)
        page[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
        )
        content = DecodedStreamObject()
        shown = " ".join(f"({line}) Tj 0 -14 Td" for line in lines)
        content.set_data(f"BT /F1 12 Tf 20 250 Td {shown} ET".encode() if lines else b"")
        page[NameObject("/Contents")] = writer._add_object(content)
    if told:
        writer.add_metadata({f"/{key.capitalize()}": value for key, value in told.items()})
    if password is not None:
        writer.encrypt(password, algorithm="RC4-128")
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def test_text_and_pages(load: Any, write: Any) -> None:
    write("a.pdf", pdf([["First page.", "Its second line."], ["Page two."]], title="A Report", author="Ann Lee"))
    (document,), warnings = load("pdf", "a.pdf")
    assert (document.id, document.title) == ("a.pdf", "A Report")
    assert document.text == "First page.\nIts second line.\n\nPage two."
    assert document.metadata == {"pages": 2, "author": "Ann Lee"}
    assert [document.text[start:][:5] for start in document.pages] == ["First", "Page "]
    assert warnings == []


def test_pages_without_text_are_told(load: Any, write: Any) -> None:
    write("a.pdf", pdf([["One."], [], ["Three."], []]))
    write("b.pdf", pdf([[]]))
    documents, warnings = load("pdf", ".")
    assert [(d.title, d.text, d.pages) for d in documents] == [("a", "One.\n\n\n\nThree.\n\n", (0, 6, 8, 16))]
    assert warnings == [
        "3 pages have no text (scans?): a.pdf, page 2, a.pdf, page 4, b.pdf, page 1",
        "a document without text was left out: b.pdf",
    ]


def test_a_locked_file_is_an_error_unless_it_opens_without_a_password(load: Any, write: Any) -> None:
    write("a.pdf", pdf([["Open."]], password=""))
    assert load("pdf", "a.pdf")[0][0].text == "Open."
    write("b.pdf", pdf([["Shut."]], password="secret"))
    with pytest.raises(DocumentError, match="encrypted with a password") as caught:
        load("pdf", "b.pdf")
    assert caught.value.place == "b.pdf"


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7\n", b"not a pdf at all", b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>"]
)
def test_a_damaged_file_is_named(load: Any, write: Any, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    write("a.pdf", content)
    with pytest.raises(DocumentError, match="damaged") as caught:
        load("pdf", "a.pdf")
    assert caught.value.place == "a.pdf"
    assert capsys.readouterr() == ("", "")


def test_any_cut_of_a_file_is_read_or_named(load: Any, write: Any) -> None:
    whole = pdf([["One."], ["Two."]])
    for end in range(0, len(whole), 37):
        write("a.pdf", whole[:end])
        try:
            load("pdf", "a.pdf")
        except DocumentError as error:
            assert error.place == "a.pdf" or "no document" in str(error)


def test_the_missing_extra_is_named(load: Any, write: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    write("a.pdf", pdf([["One."]]))
    monkeypatch.setitem(sys.modules, "pypdf", None)
    with pytest.raises(MissingExtra, match=r"reading PDF \(a.pdf\) needs the package 'pypdf'") as caught:
        load("pdf", "a.pdf")
    assert caught.value.hint == "pip install 'ragkit[pdf]'"
