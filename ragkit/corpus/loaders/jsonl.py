"""JSON Lines: an object a line, a document an object."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, ClassVar, Literal, NoReturn

from pydantic import Field

from ragkit.corpus.documents import Document
from ragkit.corpus.loaders.decoding import read_lines
from ragkit.corpus.loaders.files import InputFile
from ragkit.corpus.loaders.metadata import finite_number, whole_number
from ragkit.corpus.loaders.notes import Notes
from ragkit.corpus.loaders.records import RecordReader
from ragkit.errors import DocumentError


class JsonlReader(RecordReader):
    """Reads ``{"id", "title", "text", ...metadata}``, one a line; blank lines are skipped."""

    kind: Literal["jsonl"] = Field(description="JSON Lines, a document a line")
    suffixes: ClassVar[tuple[str, ...]] = (".jsonl", ".ndjson")

    def read(self, file: InputFile, notes: Notes) -> Iterator[Document]:
        """See ``Reader.read``."""
        for number, line in enumerate(read_lines(file, self.encoding), start=1):
            if line.strip():
                yield self.document(_parse(line, file, number), file, number, notes)


def _parse(line: str, file: InputFile, number: int) -> dict[str, Any]:
    place = f"{file.place}:{number}"
    try:
        value = json.loads(
            line,
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_int=whole_number,
            parse_float=finite_number,
        )
    except json.JSONDecodeError as error:
        hint = "a document is one line here; a JSON array is no JSON Lines" if line.strip() in ("[", "{") else None
        raise DocumentError(
            f"not JSON: {error.msg[:1].lower()}{error.msg[1:]}", place=f"{place}:{error.colno}", hint=hint
        ) from None
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"not JSON that can be kept: {error}", place=place) from None
    if not isinstance(value, dict):
        raise DocumentError(f"the line is not an object but {type(value).__name__}", place=place)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} is given twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
