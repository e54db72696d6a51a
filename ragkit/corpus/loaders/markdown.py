"""Markdown: a file is a document, with its front matter and its headings."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar, Literal

from pydantic import Field

from ragkit.corpus.documents import Document
from ragkit.corpus.loaders.decoding import read_text
from ragkit.corpus.loaders.files import InputFile
from ragkit.corpus.loaders.metadata import json_values
from ragkit.corpus.loaders.notes import Notes
from ragkit.corpus.loaders.reader import Encoding, Reader
from ragkit.corpus.loaders.structure import headings_of
from ragkit.errors import DocumentError

_FRONT = re.compile(r"(---|\+\+\+)[ \t]*\n(?:(.*?)\n)??(\1|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)


class MarkdownReader(Reader):
    """Reads a Markdown file as one document; its text stays as it is written.

    Front matter (YAML between ``---``, TOML between ``+++``) becomes metadata; its ``id`` and ``title`` are the
    document's. Without a title there, the first heading is it when nothing stands before it, else the file's name. The
    heading that became the title is not repeated in the text.
    """

    kind: Literal["markdown"] = Field(description="Markdown with front matter, a document a file")
    encoding: Encoding = "utf-8"
    suffixes: ClassVar[tuple[str, ...]] = (".md", ".markdown")

    def read(self, file: InputFile, notes: Notes) -> Iterator[Document]:
        """See ``Reader.read``."""
        text = read_text(file, self.encoding)
        front: dict[str, Any] = {}
        match = _FRONT.match(text)
        if match is not None:
            front = _front_matter(match[1], match[2] or "", file)
            text = text[match.end() :]
        name, title = _string(front, "id", file), _string(front, "title", file)
        yield titled(
            Document(name or file.id, title or "", text, front, file.place, headings_of(text), markup="markdown"),
            file.stem,
        )


def titled(document: Document, name: str) -> Document:
    """A Markdown document with a title that its text does not repeat.

    Args:
        document: A document with its headings, and its title where it is known from elsewhere.
        name: The title of a document that has no other.
    """
    text, headings = document.text, document.headings
    first = headings[0] if headings and not text[: headings[0].start].strip() else None
    if first is None or (document.title and _same(document.title) != _same(first.title)) or not first.title:
        return replace(document, title=document.title or name)
    # Whatever stands between the title and the text is white space, so the text starts at the first line that is not.
    start = first.end + len(text[first.end :]) - len(text[first.end :].lstrip("\n"))
    if not text[start:].strip():
        return replace(document, title=document.title or first.title)
    moved = tuple(replace(h, start=h.start - start, end=h.end - start) for h in headings[1:])
    return replace(document, title=document.title or first.title, text=text[start:], headings=moved)


def _same(title: str) -> str:
    return " ".join(title.split()).casefold()


def _string(front: dict[str, Any], key: str, file: InputFile) -> str | None:
    if front.get(key) is None:
        front.pop(key, None)
        return None
    value = front.pop(key)
    if isinstance(value, (dict, list)):
        raise DocumentError(f"the {key!r} of the front matter is not a string", place=f"{file.place}:1")
    return str(value)


def _front_matter(fence: str, written: str, file: InputFile) -> dict[str, Any]:
    place = f"{file.place}:1"
    found = _toml(written, place) if fence == "+++" else _yaml(written, file)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise DocumentError(
            f"the front matter is {type(found).__name__}, not a mapping of names to values", place=place
        )
    values: dict[str, Any] = json_values(found, place)
    return values


def _toml(written: str, place: str) -> Any:
    try:
        return tomllib.loads(written)
    except tomllib.TOMLDecodeError as error:
        raise DocumentError(f"the front matter is not TOML: {error}", place=place) from None


def _yaml(written: str, file: InputFile) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        return YAML(typ="safe", pure=True).load(written)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{file.place}:{mark.line + 2}:{mark.column + 1}" if mark is not None else f"{file.place}:1"
        raise DocumentError(f"the front matter is not YAML: {error.problem or error.context}", place=place) from None
    except (YAMLError, ValueError, RecursionError) as error:
        raise DocumentError(f"the front matter is not YAML: {error}", place=f"{file.place}:1") from None
