"""Markdown: front matter, the title that is not repeated, headings with exact places."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.corpus.loaders import load_documents
from ragkit.corpus.loaders.sources import MarkdownSource
from ragkit.corpus.loaders.structure import headings_of
from ragkit.errors import DocumentError

BODY = "Some words.\n\n## Part *one*\n\nMore words.\n"


@pytest.mark.parametrize(
    ("written", "title", "text", "metadata"),
    [
        (f"# The `k` of *it*\n\n\n{BODY}", "The k of it", BODY, {}),
        (f"\nThe Title\n===\n{BODY}", "The Title", BODY, {}),
        (f"Intro first.\n\n# Not the title\n\n{BODY}", "a", f"Intro first.\n\n# Not the title\n\n{BODY}", {}),
        (BODY, "a", BODY, {}),
        (f"---\ntitle: Other\ntags: [x, y]\n---\n# Head\n{BODY}", "Other", f"# Head\n{BODY}", {"tags": ["x", "y"]}),
        (f"---\ntitle: head\n---\n\n# Head\n{BODY}", "head", BODY, {}),
        (f"---\ndate: 2024-05-06\nat: 2024-05-06T07:08:09Z\n---\n{BODY}", "a", BODY, None),
        (f"+++\ntitle = 'T'\nn = 3\n+++\n{BODY}", "T", BODY, {"n": 3}),
        (f"---\n---\n{BODY}", "a", BODY, {}),
        ("---\ntitle: T\n...\nx", "T", "x", {}),
        (f"----\n{BODY}", "a", f"----\n{BODY}", {}),
        (f"---\nno end\n\n{BODY}", "a", f"---\nno end\n\n{BODY}", {}),
        ("# Only a title\n", "Only a title", "# Only a title\n", {}),
        ("#\n\ntext", "a", "#\n\ntext", {}),
        ("```\n# code\n```\n", "a", "```\n# code\n```\n", {}),
        ("# A ![image](x.png) & more\ntext", "A image & more", "text", {}),
    ],
)
def test_title_text_and_front_matter(
    load: Any, write: Any, written: str, title: str, text: str, metadata: dict[str, Any] | None
) -> None:
    write("a.md", written)
    (document,), warnings = load("markdown", "a.md")
    assert (document.id, document.title, document.text) == ("a.md", title, text)
    if metadata is None:
        assert document.metadata["date"] == "2024-05-06"
        assert document.metadata["at"].startswith("2024-05-06T07:08:09")
    else:
        assert document.metadata == metadata
    assert warnings == []
    assert document.headings == headings_of(document.text)


def test_an_id_of_its_own(load: Any, write: Any) -> None:
    write("a.md", "---\nid: 007\ntitle: 12\n---\ntext")
    (document,), _ = load("markdown", "a.md")
    assert (document.id, document.title) == ("7", "12")


@pytest.mark.parametrize(
    ("written", "place", "message"),
    [
        ("---\na: [1\n---\nx", "a.md:", "the front matter is not YAML"),
        ("---\nok: 1\nb: 1\nb: 2\n---\nx", "a.md:4:1", 'found duplicate key "b"'),
        ("---\n- a\n---\nx", "a.md:1", "the front matter is list, not a mapping"),
        ("---\nx: !!python/object/apply:os.system [ls]\n---\nx", "a.md:2:4", "could not determine a constructor"),
        ("---\ntitle: [a]\n---\nx", "a.md:1", "the 'title' of the front matter is not a string"),
        ("---\nn: .nan\n---\nx", "a.md:1", "the metadata holds 'nan'"),
        ("+++\na =\n+++\nx", "a.md:1", "the front matter is not TOML"),
        ("---\na: &a [*a]\n---\nx", "a.md:1", "nested deeper"),
    ],
)
def test_broken_front_matter_is_named(load: Any, write: Any, written: str, place: str, message: str) -> None:
    write("a.md", written)
    with pytest.raises(DocumentError) as caught:
        load("markdown", "a.md")
    assert (caught.value.place or "").startswith(place)
    assert message in str(caught.value)


def test_aliases_cannot_explode(load: Any, write: Any) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    write("a.md", "---\n" + "\n".join(lines) + "\n---\ntext")
    with pytest.raises(DocumentError, match="more than 10000 values"):
        load("markdown", "a.md")


lines = st.lists(
    st.sampled_from(
        [
            "# One",
            "## Two #",
            "Set\n---",
            "text of it",
            "",
            "- item",
            "  # in\u2028dented",
            "> # quoted",
            "```",
            "~~~",
            "####### no",
        ]
    )
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=12),
    max_size=12,
).map("\n".join)


@given(lines)
def test_headings_lie_where_they_say(text: str) -> None:
    at = 0
    for heading in headings_of(text):
        assert at <= heading.start < heading.end <= len(text)
        assert heading.start == 0 or text[heading.start - 1] == "\n"
        assert heading.end == len(text) or text[heading.end - 1] == "\n"
        assert 1 <= heading.level <= 6
        written = text[heading.start : heading.end].strip()
        assert written.startswith("#" * heading.level) or written[-1] in "=-"
        at = heading.end


@given(lines.filter(lambda text: bool(text.strip())))
def test_nothing_of_a_file_is_lost(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "a.md").write_bytes(("---\nx: 1\n---\n" + text).encode())
        (document,) = load_documents(MarkdownSource(kind="markdown", path="a.md"), Path(folder), pytest.fail)
    assert text.endswith(document.text)
    head = text[: len(text) - len(document.text)]
    assert (
        "".join(c for c in document.title if c.isalnum()) in "".join(c for c in head if c.isalnum()) or not head.strip()
    )
    assert document.headings == headings_of(document.text)
