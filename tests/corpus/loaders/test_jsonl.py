"""JSON Lines: what is written comes back, and what cannot be read is named with its line."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragkit.corpus.loaders import load_documents
from ragkit.corpus.loaders.sources import JsonlSource
from ragkit.errors import DocumentError

# All that JSON can write: line separators of Unicode, tabs, quotes; no surrogate halves, no NUL.
text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
filled = text.filter(lambda value: bool(value.strip()))
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=5,
)
records = st.fixed_dictionaries({"id": filled, "title": text | st.just(""), "text": filled}).flatmap(
    lambda fixed: st.dictionaries(text.filter(lambda k: k not in fixed), values, max_size=3).map(
        lambda more: {**fixed, **more}
    )
)


@settings(max_examples=60)
@given(
    st.lists(records, min_size=1, max_size=5, unique_by=lambda r: r["id"]),
    st.booleans(),
    st.sampled_from(["\n", "\r\n"]),
)
def test_round_trip(rows: list[dict[str, Any]], ascii_only: bool, ending: str) -> None:
    lines = [json.dumps(row, ensure_ascii=ascii_only) for row in rows]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "d.jsonl").write_bytes((ending + ending.join(lines)).encode())
        found = list(load_documents(JsonlSource(kind="jsonl", path="d.jsonl"), Path(folder), pytest.fail))
    again = [{"id": d.id, "title": d.title, "text": d.text, **d.metadata} for d in found]
    assert again == rows
    assert [d.source for d in found] == [f"d.jsonl:{number}" for number in range(2, len(rows) + 2)]


def test_fields_can_be_named_and_metadata_chosen(load: Any, write: Any) -> None:
    write("d.jsonl", '{"_id": 7, "head": "T", "body": "B", "year": 2020, "vector": [1, 2]}')
    documents, _ = load("jsonl", "d.jsonl", fields={"id": "_id", "title": "head", "text": "body"}, metadata=["year"])
    assert [(d.id, d.title, d.text, dict(d.metadata)) for d in documents] == [("7", "T", "B", {"year": 2020})]


def test_without_an_id_the_line_is_it(load: Any, write: Any) -> None:
    write("a/d.jsonl", '\n{"text": "one"}\n\n{"text": "two", "title": null}\n')
    documents, _ = load("jsonl", "a/*.jsonl")
    assert [(d.id, d.title, d.source) for d in documents] == [
        ("a/d.jsonl:2", "", "a/d.jsonl:2"),
        ("a/d.jsonl:4", "", "a/d.jsonl:4"),
    ]


def test_a_title_without_text_stands_for_it_and_is_told(load: Any, write: Any) -> None:
    write(
        "d.jsonl",
        '{"id": "a", "title": "Only a title", "text": " "}\n{"id": "b", "title": "", "text": ""}\n{"text": "x"}',
    )
    documents, warnings = load("jsonl", "d.jsonl")
    assert [(d.id, d.title, d.text) for d in documents] == [
        ("a", "Only a title", "Only a title"),
        ("d.jsonl:3", "", "x"),
    ]
    assert warnings == [
        "a document has a title but no text; the title stands for it: d.jsonl:1",
        "a document without text was left out: d.jsonl:2",
    ]


def test_headings_of_markdown_in_a_field(load: Any, write: Any) -> None:
    write("d.jsonl", json.dumps({"id": "a", "text": "# One\n\nbody\n\n## Two\n\nmore"}))
    (document,), _ = load("jsonl", "d.jsonl", markup="markdown")
    assert [(h.level, h.title, document.text[h.start : h.end]) for h in document.headings] == [
        (1, "One", "# One\n"),
        (2, "Two", "## Two\n"),
    ]


@pytest.mark.parametrize(
    ("line", "place", "message"),
    [
        ("{", "d.jsonl:2:", "not JSON: expecting property name"),
        ('{"text": "a",}', "d.jsonl:2:14", "not JSON: "),
        ("[1]", "d.jsonl:2", "the line is not an object but list"),
        ('{"text": 3}', "d.jsonl:2", "the field 'text' is a number, not a string"),
        ('{"text": ["a"]}', "d.jsonl:2", "the field 'text' is a list, not a string"),
        ('{"txt": "a"}', "d.jsonl:2", "there is no field 'text'; the fields are 'txt'; did you mean 'txt'?"),
        ('{"text": "a", "id": true}', "d.jsonl:2", "the field 'id' is true or false; an id is"),
        ('{"text": "a", "id": " "}', "d.jsonl:2", "the field 'id' is blank"),
        ('{"text": "a", "id": null}', "d.jsonl:2", "the field 'id' is null"),
        ('{"text": "a", "text": "b"}', "d.jsonl:2", "the key 'text' is given twice"),
        ('{"text": "a", "n": NaN}', "d.jsonl:2", "NaN is no JSON number"),
        ('{"text": "a", "n": 1e999}', "d.jsonl:2", "the number 1e999 does not fit"),
        ('{"text": "a", "n": 18446744073709551616}', "d.jsonl:2", "the number 18446744073709551616 does not fit"),
        ('{"text": "a", "n": ' + "9" * 5000 + "}", "d.jsonl:2", "does not fit"),
        ("[" * 100_000, "d.jsonl:2", "not JSON"),
        ('{"text": "a \\ud800"}', "d.jsonl:2", "the text holds half a surrogate pair (U+D800) at character 2"),
        ('{"text": "a", "x": "\\ud800"}', "d.jsonl:2", "the metadata holds half a surrogate pair"),
        ('{"text": "a\\u0000"}', "d.jsonl:2", "the text holds a NUL at character 1"),
    ],
)
def test_what_cannot_be_read_is_named(load: Any, write: Any, line: str, place: str, message: str) -> None:
    write("d.jsonl", '{"id": "first", "text": "fine"}\n' + line + "\n")
    with pytest.raises(DocumentError) as caught:
        load("jsonl", "d.jsonl")
    assert (caught.value.place or "").startswith(place)
    assert message in str(caught.value)


def test_a_field_that_is_asked_for_must_be_there(load: Any, write: Any) -> None:
    write("d.jsonl", '{"id": "a", "title": "T", "text": "b"}')
    for options in ({"fields": {"id": "key"}}, {"fields": {"title": "head"}}, {"metadata": ["year"]}):
        with pytest.raises(DocumentError, match="there is no field"):
            load("jsonl", "d.jsonl", **options)
