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
    """Tables: a document a row.

    YAML::

        source:
            kind: csv
            path: data/*.csv
            delimiter: ";"
            fields: {id: key, title: name, text: description}
            types: {year: int}
    """


class HtmlSource(HtmlReader, FileSource):
    """HTML pages: the main text of each.

    YAML::

        source: {kind: html, path: site, favour: precision}
    """


class JsonlSource(JsonlReader, FileSource):
    """JSON Lines files: a document a line.

    YAML::

        source:
            kind: jsonl
            path: documents.jsonl
            fields: {id: _id}
            metadata: [year, language]
    """


class MarkdownSource(MarkdownReader, FileSource):
    """Markdown files, with their front matter and headings.

    YAML::

        source: {kind: markdown, path: notes/**/*.md}
    """


class PdfSource(PdfReader, FileSource):
    """PDF files, with their pages.

    YAML::

        source: {kind: pdf, path: [reports, ../shelf/manual.pdf]}
    """


class TextSource(TextReader, FileSource):
    """Text files.

    YAML::

        source: {kind: text, path: transcripts, encoding: cp1252, title: first_line}
    """


class ListingsSource(ListingsReader, FileSource):
    """Listing pages; a paper that stands in several of them is one document.

    YAML::

        source: {kind: listings, path: papers}
    """

    def documents(self, base: Path, notes: Notes) -> Iterator[Document]:
        """See ``Source.documents``."""
        yield from self.read_all(self.files(base, notes), notes)


SourceSpec = Annotated[
    CsvSource | FolderSource | HtmlSource | JsonlSource | ListingsSource | MarkdownSource | PdfSource | TextSource,
    Field(discriminator="kind"),
]
