"""The base of every source: where documents come from."""

from __future__ import annotations

import abc
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field

from ragkit.corpus.documents import Document
from ragkit.corpus.loaders.files import InputFile, find_files
from ragkit.corpus.loaders.notes import Notes
from ragkit.corpus.loaders.reader import Reader


class Source(BaseModel, abc.ABC):
    """Where documents come from. ``base`` is the folder of the corpus file."""

    @abc.abstractmethod
    def files(self, base: Path, notes: Notes) -> list[InputFile]:
        """The files that are read, in order.

        Raises:
            DocumentError: A path names nothing.
        """

    @abc.abstractmethod
    def documents(self, base: Path, notes: Notes) -> Iterator[Document]:
        """Every document, in order.

        Raises:
            DocumentError: A file cannot be read.
            MissingExtra: The package that reads it is not installed.
        """


_Path = Annotated[str, Field(min_length=1)]


class FileSource(Reader, Source):
    """A reader with the files it reads."""

    path: _Path | Annotated[list[_Path], Field(min_length=1)] = Field(
        description="a file, a folder (its files of this kind, at any depth) or a glob, or a list of them; "
        "relative to the corpus file"
    )

    def files(self, base: Path, notes: Notes) -> list[InputFile]:
        """See ``Source.files``."""
        paths = [self.path] if isinstance(self.path, str) else self.path
        return find_files(base, paths, self.suffixes, notes)

    def documents(self, base: Path, notes: Notes) -> Iterator[Document]:
        """See ``Source.documents``."""
        for file in self.files(base, notes):
            yield from self.read(file, notes)
