"""HTML: the main text with its structure, without what stands around it."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from ragkit.errors import MissingExtra

PARAGRAPH = "The first option is verbose, and it prints what the tool does while it works on the files. "
PAGE = f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Setup guide - Made-up Docs</title>
<meta name="author" content="Ann Lee"><meta property="article:published_time" content="2024-05-06"></head><body>
<nav><a href="/">Home</a> <a href="/x">Elsewhere</a></nav><article><h1>Setup guide</h1>
<p>Install it with <b>pip</b>, then run the <em>setup</em> command. {PARAGRAPH * 2}</p>
<h2>Options &amp; more</h2><p>{PARAGRAPH}</p><ul><li>the first item</li><li>the second item</li></ul>
<table><tr><th>name</th><th>size</th></tr><tr><td>small</td><td>1</td></tr></table>
<h3>Grüße</h3><p>{PARAGRAPH}</p><script>alert("no")</script></article>
<footer>Copyright of nobody</footer></body></html>"""


def test_the_main_text_with_its_structure(load: Any, write: Any) -> None:
    write("a.html", PAGE)
    (document,), warnings = load("html", "a.html")
    assert document.title == "Setup guide"
    assert document.text.startswith("Install it with pip, then run the setup command.")
    assert [(h.level, h.title) for h in document.headings] == [(2, "Options & more"), (3, "Grüße")]
    assert document.text[document.headings[0].start :].startswith("## Options & more\n\nThe first option")
    assert "- the first item\n- the second item" in document.text
    assert "| small | 1 |" in document.text
    for outside in ("Home", "Elsewhere", "Copyright", "alert", "Setup guide"):
        assert outside not in document.text
    assert document.metadata == {"author": "Ann Lee", "date": "2024-05-06"}
    assert document.markup == "markdown"
    assert warnings == []


def test_lines_of_a_short_page_are_paragraphs(load: Any, write: Any) -> None:
    write(
        "a.html",
        "<html><body><h1>Hours</h1><p>It opens at nine.</p><h2>Parking</h2><p>Cars stay out.</p></body></html>",
    )
    (document,), _ = load("html", "a.html")
    assert document.text == "Hours\n\nIt opens at nine.\n\nParking\n\nCars stay out."


def test_tables_can_be_left_out(load: Any, write: Any) -> None:
    write("a.html", PAGE)
    assert "small" not in load("html", "a.html", tables=False)[0][0].text


def test_the_page_says_its_encoding_unless_the_corpus_does(load: Any, write: Any) -> None:
    write("a.html", PAGE.replace("utf-8", "iso-8859-1").encode("iso-8859-1"))
    assert "### Grüße" in load("html", "a.html")[0][0].text
    write("b.html", PAGE.replace('<meta charset="utf-8">', "").encode("cp1252"))
    assert "### Grüße" in load("html", "b.html", encoding="cp1252")[0][0].text


def test_a_page_without_text_is_told(load: Any, write: Any, caplog: pytest.LogCaptureFixture) -> None:
    write("a.html", PAGE)
    write("b.html", "<html><head><title>T</title></head><body><script>x</script></body></html>")
    write("c.html", "")
    documents, warnings = load("html", ".")
    assert [d.id for d in documents] == ["a.html"]
    assert warnings == ["2 documents without text were left out: b.html, c.html"]
    assert caplog.records == []


def test_the_missing_extra_is_named(load: Any, write: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    write("a.html", PAGE)
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    with pytest.raises(MissingExtra, match=r"reading HTML \(a.html\) needs the package 'trafilatura'") as caught:
        load("html", "a.html")
    assert caught.value.hint == "pip install 'ragkit[html]'"
