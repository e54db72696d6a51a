"""HTML: the main text of a page, without its menus and footers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import Field

from ragkit.corpus.documents import Document
from ragkit.corpus.loaders.complaints import complaints
from ragkit.corpus.loaders.decoding import decode, read_bytes
from ragkit.corpus.loaders.files import InputFile
from ragkit.corpus.loaders.markdown import titled
from ragkit.corpus.loaders.metadata import json_values
from ragkit.corpus.loaders.notes import Notes
from ragkit.corpus.loaders.reader import Encoding, Reader
from ragkit.corpus.loaders.structure import headings_of
from ragkit.errors import DocumentError, MissingExtra

_KEPT = ("author", "date", "sitename", "description", "url", "language", "categories", "tags")
_INLINE = ("b", "strong", "i", "em", "u", "mark", "small", "big", "font", "s", "del", "ins")
_MARKUP = re.compile(r"^(?:\||- |```|#)", re.MULTILINE)
"""Lists, tables, code and headings: where one is, lines were parted by what they are."""


class HtmlReader(Reader):
    """Reads the main text of an HTML file by trafilatura, as Markdown, so that headings, lists and tables stay."""

    kind: Literal["html"] = Field(description="HTML pages, a document a file (extra: html)")
    encoding: Encoding | None = Field(
        default=None, description="the encoding; empty: what the page says, or looks like"
    )
    favour: Literal["precision", "balance", "recall"] = Field(
        default="balance", description="whether to rather leave out what may be page furniture, or to keep it"
    )
    tables: bool = Field(default=True, description="whether tables are kept")
    suffixes: ClassVar[tuple[str, ...]] = (".html", ".htm", ".xhtml")

    def read(self, file: InputFile, notes: Notes) -> Iterator[Document]:
        """See ``Reader.read``."""
        data = read_bytes(file)
        with complaints("trafilatura") as heard:
            page = self._extract(data if self.encoding is None else decode(data, file, self.encoding), file)
        if page is None or not (page.text or "").strip():
            yield Document(file.id, file.stem, "", source=file.place)
            return
        for message in heard:
            notes.add("trafilatura complained of a page", "complaints of trafilatura", f"{file.place}: {message}")
        text = page.text.strip("\n")
        if "\n\n" not in text and _MARKUP.search(text) is None:
            # Of a short page only the lines are left, a heading like any other: each is a paragraph of its own.
            text = text.replace("\n", "\n\n")
        metadata = json_values({key: value for key in _KEPT if (value := getattr(page, key, None))}, file.place)
        document = Document(
            file.id, page.title or "", text, metadata, file.place, headings_of(text), markup="markdown"
        )  # fmt: skip
        yield titled(document, file.stem)

    def _extract(self, data: bytes | str, file: InputFile) -> Any:
        try:
            from lxml.etree import strip_tags  # type: ignore[import-untyped]
            from trafilatura import bare_extraction, load_html
        except ImportError:
            raise MissingExtra("trafilatura", f"reading HTML ({file.place})", "html") from None
        try:
            tree = load_html(data)
            if tree is None:
                return None
            # Of formatting only the structure is wanted: a quote with asterisks in it is not what the page says.
            strip_tags(tree, *_INLINE)
            return bare_extraction(
                tree,
                with_metadata=True,
                include_formatting=True,
                include_comments=False,
                include_tables=self.tables,
                favor_precision=self.favour == "precision",
                favor_recall=self.favour == "recall",
                date_extraction_params={"extensive_search": False, "original_date": True},
            )
        except Exception as error:
            # The parser meets any bytes that stand in a file; whatever it stumbled on, the file is at fault.
            raise DocumentError(
                f"the page cannot be read: {type(error).__name__}: {error}", place=file.place
            ) from error
