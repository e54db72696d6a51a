"""Tables: round trips through Python's own writer, dialects, and rows that do not fit."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.corpus.loaders import load_documents
from ragkit.corpus.loaders.sources import CsvSource
from ragkit.errors import DocumentError

cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), min_size=1)
rows = st.tuples(
    cells.filter(lambda c: bool(c.strip())), st.just("") | cells, cells.filter(lambda c: bool(c.strip())), cells
)


@given(
    st.lists(rows, min_size=1, max_size=5, unique_by=lambda r: r[0]),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n"]),
)
def test_round_trip(table: list[tuple[str, ...]], delimiter: str, ending: str) -> None:
    written = io.StringIO(newline="")
    # The writer does not enclose a lone carriage return by itself.
    quoting = csv.QUOTE_ALL if any("\r" in cell for row in table for cell in row) else csv.QUOTE_MINIMAL
    writer = csv.writer(written, delimiter=delimiter, lineterminator=ending, quoting=quoting)
    writer.writerows([("id", "title", "text", "note"), *table])
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "d.csv").write_bytes(written.getvalue().encode())
        source = CsvSource(kind="csv", path="d.csv", delimiter=delimiter)
        found = list(load_documents(source, Path(folder), pytest.fail))
    assert [(d.id, d.title, d.text, d.metadata["note"]) for d in found] == table


def test_a_document_may_be_longer_than_the_module_likes(load: Any, write: Any) -> None:
    long = "word " * 100_000
    write("d.csv", f"id,text\n1,{long}\n")
    (document,), _ = load("csv", "d.csv")
    assert document.text == long


def test_a_row_of_several_lines_is_named_by_its_first(load: Any, write: Any) -> None:
    write("d.csv", 'text,n\n"a\nb",1\n\n"c",2\n')
    documents, _ = load("csv", "d.csv")
    assert [(d.id, d.text) for d in documents] == [("d.csv:2", "a\nb"), ("d.csv:5", "c")]


def test_dialects(load: Any, write: Any) -> None:
    write("d.tsv", 'text\tyear\nit\'s "so"\t2020\n')
    write("e.csv", "1|it''s|x\n")
    write("f.csv", "'a\\'b',1\n")
    assert [d.text for d in load("csv", "d.tsv", quote="")[0]] == ['it\'s "so"']
    assert [d.text for d in load("csv", "e.csv", delimiter="|", columns=["id", "text", "c"])[0]] == ["it''s"]
    assert [d.text for d in load("csv", "f.csv", quote="'", escape="\\", columns=["text", "n"])[0]] == ["a'b"]


def test_columns_have_types(load: Any, write: Any) -> None:
    write("d.csv", "text,year,score,open,name\na,2020,0.5,True,7\nb,,,,\n")
    documents, _ = load("csv", "d.csv", types={"year": "int", "score": "float", "open": "bool"})
    assert dict(documents[0].metadata) == {"year": 2020, "score": 0.5, "open": True, "name": "7"}
    assert dict(documents[1].metadata) == {"year": None, "score": None, "open": None, "name": ""}


@pytest.mark.parametrize(
    ("table", "place", "message"),
    [
        ("text,n\na,1\nb\n", "d.csv:3", "the row has 1 cells, the header 2"),
        ("text,n\na,1,2\n", "d.csv:2", "the row has 3 cells, the header 2"),
        ("text,text\na,1\n", "d.csv:1", "two columns are called 'text'"),
        ("body,n\na,1\n", "d.csv:2", "there is no field 'text'; the fields are 'body', 'n'"),
        ('text,n\n"a,1\n', "d.csv:2", "the table cannot be read"),
        ('text,n\n"a"b,1\n', "d.csv:2", "the table cannot be read"),
        ("text,n\na,x\n", "d.csv:2", "the cell 'x' of the column 'n' is no int"),
        ("text,n\na,nan\n", "d.csv:2", "the cell 'nan' of the column 'n' is no int"),
    ],
)
def test_what_cannot_be_read_is_named(load: Any, write: Any, table: str, place: str, message: str) -> None:
    write("d.csv", table)
    with pytest.raises(DocumentError) as caught:
        load("csv", "d.csv", types={"n": "int"})
    assert caught.value.place == place
    assert message in str(caught.value)


@pytest.mark.parametrize(("table", "told"), [("id;text\na;b\n", "';'"), ("id\ttext\na\tb\n", r"'\t'")])
def test_another_delimiter_is_named(load: Any, write: Any, table: str, told: str) -> None:
    write("d.csv", table)
    with pytest.raises(DocumentError, match="the header is one cell") as caught:
        load("csv", "d.csv")
    assert f"are its cells parted by {told}? then set 'delimiter:" in (caught.value.hint or "")


@pytest.mark.parametrize("cell", ["nan", "inf", "-Infinity", "1e999"])
def test_a_number_must_be_one_that_json_knows(load: Any, write: Any, cell: str) -> None:
    write("d.csv", f"text,n\na,{cell}\n")
    with pytest.raises(DocumentError, match="is no float"):
        load("csv", "d.csv", types={"n": "float"})


def test_a_type_for_a_column_that_is_not_there_is_an_error(load: Any, write: Any) -> None:
    write("d.csv", "text,year\na,1\n")
    with pytest.raises(DocumentError, match=r"there is no column 'yeer'.*did you mean 'year'"):
        load("csv", "d.csv", types={"yeer": "int"})
