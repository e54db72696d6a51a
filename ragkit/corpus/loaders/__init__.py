"""Loaders: files to documents.

A corpus file names a source by its ``kind``; ``SourceSpec`` is the union of all of them. Each kind of file has one
reader in a module of its own, and imports its package only when it reads.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

from ragkit.corpus.documents import Document
from ragkit.corpus.loaders.notes import Notes
from ragkit.corpus.loaders.sources import SourceSpec
from ragkit.errors import DocumentError, MissingExtra

__all__ = ["SourceSpec", "load_documents", "source_files"]

_log = logging.getLogger(__name__)
_NAMED = 10
"""Ids given twice that an error names; the others it counts."""


def load_documents(spec: SourceSpec, base: Path, warn: Callable[[str], None] = _log.warning) -> Iterator[Document]:
    """Every document of a source, one after the other, checked: unique ids, text that is there and can be stored.

    Args:
        spec: The source.
        base: The folder of the corpus file; relative paths start there.
        warn: Is handed each warning when all documents have been read (or the reading ends): documents left out,
            links not followed, lines that are no paper. Without it they are logged.

    Raises:
        DocumentError: A file cannot be read, two documents have the same id, or there is no document at all. Where ids
            are given twice, all files are read before it is raised, so that it names ten of them and counts the rest.
        MissingExtra: A package that reads this kind of file is not installed.
    """
    notes = Notes()
    told: list[str] = []
    places: dict[str, str] = {}
    again = _Again()
    try:
        for document in spec.documents(base, notes):
            if not document.text.strip():
                notes.add(
                    "a document without text was left out", "documents without text were left out", document.source
                )
                continue
            _check(document)
            if document.id in places:
                again.add(document, places[document.id])
                continue
            places[document.id] = document.source
            if not again.count:  # from the first on, the rest is read only to name the others with it
                yield document
        again.check()
    except (DocumentError, MissingExtra):
        again.check()
        raise
    finally:
        notes.tell(told.append)
        for warning in told:
            warn(warning)
    if not places:
        raise DocumentError(
            "; ".join(["no document was found in this source", *told]),
            hint="look at its 'path:'" + (" and at these files" if told else ""),
        )


class _Again:
    """The documents whose id another has already."""

    def __init__(self) -> None:
        self.count = 0
        self._shown: list[tuple[str, str, str]] = []

    def add(self, document: Document, first: str) -> None:
        """Remembers one, and where its id was given first."""
        self.count += 1
        if len(self._shown) < _NAMED:
            self._shown.append((document.id, document.source, first))

    def check(self) -> None:
        """Names them, if there are any.

        Raises:
            DocumentError: There are.
        """
        if not self.count:
            return
        (id, place, first), *others = self._shown
        message = f"the id {id!r} is given twice: first in {first}"
        if others:
            message += f"; so {'is 1' if self.count == 2 else f'are {self.count - 1}'} more: "
            message += ", ".join(f"{id!r} in {place} (first in {first})" for id, place, first in others)
            rest = self.count - len(self._shown)
            message += f", and {rest} that are not named here" if rest else ""
        raise DocumentError(
            message,
            place=place,
            hint="each document needs an id of its own: mend one, exclude its file, or name another field as the id by "
            "'fields: {id: …}'",
        )


def source_files(spec: SourceSpec, base: Path) -> list[Path]:
    """The files that a source reads, in order: what has to be looked at to know whether an index is stale.

    Raises:
        DocumentError: A path of the source names nothing.
    """
    return [file.path for file in spec.files(base, Notes())]


def _check(document: Document) -> None:
    """Characters that no store can keep: halves of a surrogate pair, which JSON escapes and file names can hold."""
    for name, value in (("id", document.id), ("title", document.title), ("text", document.text)):
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise DocumentError(
                f"the {name} holds half a surrogate pair (U+{ord(value[error.start]):04X}) at character {error.start}",
                place=document.source.encode(errors="backslashreplace").decode(),
            ) from None
        if "\0" in value:
            raise DocumentError(f"the {name} holds a NUL at character {value.index(chr(0))}", place=document.source)
    if document.metadata:
        try:
            json.dumps(document.metadata, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise DocumentError("the metadata holds half a surrogate pair", place=document.source) from None
    if not document.id.strip():
        raise DocumentError("the id is blank", place=document.source)
