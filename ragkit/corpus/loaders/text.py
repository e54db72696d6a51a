"""Plain text: a file is a document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from ragkit.corpus.documents import Document
from ragkit.corpus.loaders.decoding import read_text
from ragkit.corpus.loaders.files import InputFile
from ragkit.corpus.loaders.notes import Notes
from ragkit.corpus.loaders.reader import Encoding, Reader


class TextReader(Reader):
    """Reads a text file as one document, titled by its first line or by its name."""

    kind: Literal["text"] = Field(description="plain text, a document a file")
    encoding: Encoding = "utf-8"
    title: Literal["name", "first_line"] = Field(
        default="name",
        description="what the title is: the file's name without suffix, or its first line that is not blank",
    )
    suffixes: ClassVar[tuple[str, ...]] = (".txt", ".text")

    def read(self, file: InputFile, notes: Notes) -> Iterator[Document]:
        """See ``Reader.read``."""
        text = read_text(file, self.encoding)
        title = file.stem
        if self.title == "first_line" and text.strip():
            first, _, rest = text.strip().partition("\n")
            # A file of one line keeps it as its text: a document of nothing but a title could not be quoted.
            title, text = first.strip(), rest if rest.strip() else first
        yield Document(file.id, title, text, source=file.place)
