"""The sources that a corpus file can name: each reader with the files it reads, and folders of mixed files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import Field

from ragkit.corpus.documents import Document
from ragkit.corpus.loaders.csv import CsvReader
from ragkit.corpus.loaders.folder import FolderSource
from ragkit.corpus.loaders.html import HtmlReader
from ragkit.corpus.loaders.jsonl import JsonlReader
from ragkit.corpus.loaders.listings import ListingsReader
from ragkit.corpus.loaders.markdown import MarkdownReader
from ragkit.corpus.loaders.notes import Notes
from ragkit.corpus.loaders.pdf import PdfReader
from ragkit.corpus.loaders.source import FileSource
from ragkit.corpus.loaders.text import TextReader


class CsvSource(CsvReader, FileSource):
    """Tables."""


class HtmlSource(HtmlReader, FileSource):
    """HTML pages."""


class JsonlSource(JsonlReader, FileSource):
    """JSON Lines files."""


class MarkdownSource(MarkdownReader, FileSource):
    """Markdown files."""


class PdfSource(PdfReader, FileSource):
    """PDF files."""


class TextSource(TextReader, FileSource):
    """Text files."""


class ListingsSource(ListingsReader, FileSource):
    """Listing pages; a paper that stands in several of them is one document."""

    def documents(self, base: Path, notes: Notes) -> Iterator[Document]:
        """See ``Source.documents``."""
        yield from self.read_all(self.files(base, notes), notes)


SourceSpec = Annotated[
    CsvSource | FolderSource | HtmlSource | JsonlSource | ListingsSource | MarkdownSource | PdfSource | TextSource,
    Field(discriminator="kind"),
]
