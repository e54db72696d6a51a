"""The base of every reader: how a file of one kind becomes documents."""

from __future__ import annotations

import abc
import codecs
from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ragkit.corpus.documents import Document
from ragkit.corpus.loaders.files import InputFile
from ragkit.corpus.loaders.notes import Notes


class Reader(BaseModel, abc.ABC):
    """Options of one reader, and the reading itself.

    A subclass lives in a file of its own, names its ``kind`` and imports what it needs inside ``read``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    suffixes: ClassVar[tuple[str, ...]] = ()

    @abc.abstractmethod
    def read(self, file: InputFile, notes: Notes) -> Iterator[Document]:
        """The documents of one file, in its order.

        Args:
            file: The file, with the id and the place that its documents take.
            notes: Where warnings go.

        Raises:
            DocumentError: The file cannot be read; ``place`` is its name and, where there is one, the line.
            MissingExtra: The package that reads this kind of file is not installed.
        """


def _known_encoding(name: str) -> str:
    try:
        found = codecs.lookup(name)
        "".encode(found.name)
    except (LookupError, ValueError):
        raise ValueError(f"no text encoding is called {name!r}; utf-8, utf-16, cp1252 and latin-1 are some") from None
    return name


Encoding = Annotated[
    str,
    AfterValidator(_known_encoding),
    Field(description="how the bytes of the file become characters; a byte-order mark of UTF-8 is always accepted"),
]
