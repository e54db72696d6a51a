"""Documents from records with named fields: the lines of a JSON Lines file, the rows of a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ragkit.corpus.documents import Document
from ragkit.corpus.loaders.files import InputFile
from ragkit.corpus.loaders.notes import Notes
from ragkit.corpus.loaders.reader import Encoding, Reader
from ragkit.corpus.loaders.structure import headings_of
from ragkit.errors import DocumentError, did_you_mean


class Fields(BaseModel):
    """Which field of a record is what."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: str | None = Field(
        default=None, description="the document's id; empty: the field 'id' where there is one, else file and line"
    )
    title: str | None = Field(default=None, description="its title; empty: the field 'title' where there is one")
    text: str = Field(default="text", description="its text")


class RecordReader(Reader):
    """Options of the readers whose files hold a document a record."""

    encoding: Encoding = "utf-8"
    fields: Fields = Field(default=Fields(), description="which field is the id, the title and the text")
    metadata: list[str] | None = Field(
        default=None, description="the other fields that are kept as metadata; empty: all of them"
    )
    markup: Literal["plain", "markdown"] = Field(
        default="plain", description="how the text is written; of markdown the headings are found"
    )

    def document(self, record: Mapping[str, Any], file: InputFile, line: int, notes: Notes) -> Document:
        """The document of one record.

        A record without text, but with a title, is a document of its title, and counted in ``notes``.

        Raises:
            DocumentError: A field is missing or has the wrong type.
        """
        place = f"{file.place}:{line}"
        text = _string(record, self.fields.text, place, required=True)
        title_field = self.fields.title or "title"
        title = _string(record, title_field, place, required=self.fields.title is not None)
        if not text.strip() and title.strip():
            notes.add(
                "a document has a title but no text; the title stands for it",
                "documents have a title but no text; the title stands for it",
                place,
            )
            text = title
        taken = {self.fields.text, title_field, self.fields.id or "id"}
        return Document(
            id=self._id(record, file, line, place),
            title=title,
            text=text,
            metadata=self._metadata(record, taken, place),
            source=place,
            headings=headings_of(text) if self.markup == "markdown" else (),
            markup=self.markup,
        )

    def _id(self, record: Mapping[str, Any], file: InputFile, line: int, place: str) -> str:
        name = self.fields.id or "id"
        if name not in record:
            if self.fields.id is not None:
                raise _missing(record, name, place)
            return f"{file.id}:{line}"
        value = record[name]
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            raise DocumentError(
                f"the field {name!r} is {_kind(value)}; an id is a string or a whole number", place=place
            )
        if isinstance(value, str) and not value.strip():
            raise DocumentError(f"the field {name!r} is blank; an id is a string or a whole number", place=place)
        return str(value)

    def _metadata(self, record: Mapping[str, Any], taken: set[str], place: str) -> dict[str, Any]:
        if self.metadata is None:
            return {key: value for key, value in record.items() if key not in taken}
        for key in self.metadata:
            if key not in record:
                raise _missing(record, key, place)
        return {key: record[key] for key in self.metadata}


def _string(record: Mapping[str, Any], name: str, place: str, *, required: bool) -> str:
    if name not in record:
        if required:
            raise _missing(record, name, place)
        return ""
    value = record[name]
    if value is None:
        return ""
    if not isinstance(value, str):
        raise DocumentError(f"the field {name!r} is {_kind(value)}, not a string", place=place)
    return value


def _missing(record: Mapping[str, Any], name: str, place: str) -> DocumentError:
    known = ", ".join(repr(key) for key in list(record)[:12])
    return DocumentError(
        f"there is no field {name!r}; the fields are {known or 'none'}{did_you_mean(name, record)}",
        place=place,
        hint="name the fields with 'fields: {id: …, title: …, text: …}'",
    )


def _kind(value: Any) -> str:
    names = {bool: "true or false", dict: "an object", list: "a list", int: "a number", float: "a number"}
    return names.get(type(value), "null" if value is None else type(value).__name__)
