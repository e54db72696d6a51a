"""Tables: CSV and its relatives, a document a row."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from ragkit.corpus.documents import Document
from ragkit.corpus.loaders.decoding import read_lines
from ragkit.corpus.loaders.files import InputFile
from ragkit.corpus.loaders.metadata import finite_number, whole_number
from ragkit.corpus.loaders.notes import Notes
from ragkit.corpus.loaders.records import RecordReader
from ragkit.errors import DocumentError, did_you_mean

Type = Literal["str", "int", "float", "bool"]
_FROM_CELL: Mapping[Type, Callable[[str], Any]] = {
    "int": whole_number,
    "float": finite_number,
    "bool": lambda cell: {"true": True, "false": False}[cell.lower()],
}


class CsvReader(RecordReader):
    """Reads a table with a header; each row has as many cells as the header, blank lines are skipped."""

    kind: Literal["csv"] = Field(description="a table (CSV, TSV), a document a row")
    delimiter: str | None = Field(
        default=None,
        min_length=1,
        max_length=1,
        description="what parts the cells; empty: a tab in .tsv and .tab, else a comma",
    )
    quote: str = Field(
        default='"', max_length=1, description="what encloses a cell that holds delimiters; empty: nothing does"
    )
    escape: str | None = Field(
        default=None,
        min_length=1,
        max_length=1,
        description="what stands before a quote in a cell; empty: the quote, doubled",
    )
    columns: list[str] | None = Field(
        default=None, min_length=1, description="the names of the columns of a file without a header"
    )
    types: dict[str, Type] = Field(
        default_factory=dict, description="columns of numbers or truth values, so that filters can compare them"
    )
    suffixes: ClassVar[tuple[str, ...]] = (".csv", ".tsv", ".tab")

    def read(self, file: InputFile, notes: Notes) -> Iterator[Document]:
        """See ``Reader.read``."""
        # The module refuses cells over 128 KiB, for the whole process; a document may be longer.
        csv.field_size_limit(max(csv.field_size_limit(), min(sys.maxsize, 2**31 - 1)))
        columns = self.columns
        if columns is not None:
            self._check_types(columns, file)
        for line, cells in self._rows(file):
            if columns is None:
                columns = _header(cells, file, line)
                self._check_delimiter(columns, file, line)
                self._check_types(columns, file)
                continue
            if len(cells) != len(columns):
                raise DocumentError(
                    f"the row has {len(cells)} cells, the header {len(columns)}",
                    place=f"{file.place}:{line}",
                    hint="look at 'delimiter:' and 'quote:'",
                )
            record = {name: self._value(name, cell, file, line) for name, cell in zip(columns, cells, strict=True)}
            yield self.document(record, file, line, notes)

    def _check_delimiter(self, columns: list[str], file: InputFile, line: int) -> None:
        """A header of one cell that holds what other tables part their cells by."""
        other = next((mark for mark in ";\t|" if mark in columns[0]), None) if len(columns) == 1 else None
        if other is not None and self.delimiter is None:
            raise DocumentError(
                f"the header is one cell: {columns[0]!r}",
                place=f"{file.place}:{line}",
                hint=f"are its cells parted by {other!r}? then set 'delimiter: {json.dumps(other)}'",
            )

    def _rows(self, file: InputFile) -> Iterator[tuple[int, list[str]]]:
        """Each row that is not blank, with the line it begins in."""
        delimiter = self.delimiter or ("\t" if file.path.suffix.lower() in (".tsv", ".tab") else ",")
        reader = csv.reader(
            read_lines(file, self.encoding, newline=""),
            delimiter=delimiter,
            quotechar=self.quote or None,
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            escapechar=self.escape,
            doublequote=self.escape is None,
            strict=True,
        )
        line = 1
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise DocumentError(
                    f"the table cannot be read: {error}",
                    place=f"{file.place}:{line}",
                    hint="look at 'delimiter:', 'quote:' and 'escape:'",
                ) from None
            if cells:
                yield line, cells
            line = reader.line_num + 1

    def _check_types(self, columns: list[str], file: InputFile) -> None:
        for name in self.types:
            if name not in columns:
                raise DocumentError(
                    f"there is no column {name!r} to give a type to{did_you_mean(name, columns)}",
                    place=f"{file.place}:1",
                )

    def _value(self, name: str, cell: str, file: InputFile, line: int) -> Any:
        wanted = self.types.get(name, "str")
        if wanted == "str":
            return cell
        if not cell.strip():
            return None
        try:
            return _FROM_CELL[wanted](cell.strip())
        except (ValueError, KeyError):
            raise DocumentError(
                f"the cell {cell[:40]!r} of the column {name!r} is no {wanted}", place=f"{file.place}:{line}"
            ) from None


def _header(cells: list[str], file: InputFile, line: int) -> list[str]:
    names = [cell.strip() for cell in cells]
    for name in names:
        if names.count(name) > 1:
            raise DocumentError(f"two columns are called {name!r}", place=f"{file.place}:{line}")
    return names
