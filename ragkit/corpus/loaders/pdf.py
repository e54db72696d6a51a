"""PDF: the text of its pages, with the place where each page starts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import Field

from ragkit.corpus.documents import Document
from ragkit.corpus.loaders.complaints import complaints
from ragkit.corpus.loaders.files import InputFile
from ragkit.corpus.loaders.notes import Notes
from ragkit.corpus.loaders.reader import Reader
from ragkit.errors import DocumentError, MissingExtra

_BETWEEN = "\n\n"
_KEPT = ("author", "subject", "keywords")


class PdfReader(Reader):
    """Reads the text layer of a PDF by pypdf.

    The document's own title is used where it has one, else the file's name; ``metadata["pages"]`` is the number of
    pages, and chunks say on which they stand. A page without text (a scan) is told.
    """

    kind: Literal["pdf"] = Field(description="PDF, a document a file (extra: pdf)")
    suffixes: ClassVar[tuple[str, ...]] = (".pdf",)

    def read(self, file: InputFile, notes: Notes) -> Iterator[Document]:
        """See ``Reader.read``."""
        try:
            import pypdf
        except ImportError:
            raise MissingExtra("pypdf", f"reading PDF ({file.place})", "pdf") from None
        texts: list[str] = []
        try:
            with complaints("pypdf") as mended, open(file.path, "rb") as handle:
                reader = pypdf.PdfReader(handle)
                if reader.is_encrypted and not reader.decrypt(""):
                    raise DocumentError(
                        "the file is encrypted with a password", place=file.place, hint="save it without a password"
                    )
                for page in reader.pages:
                    texts.append(_storable(page.extract_text().strip()))
                told = reader.metadata
        except OSError as error:
            raise DocumentError(f"the file cannot be read: {error.strerror}", place=file.place) from error
        except DocumentError:
            raise
        except Exception as error:
            # A damaged file raises whatever its parser stumbled on: KeyError, TypeError, RecursionError …
            where = f", after page {len(texts)}" if texts else ""
            raise DocumentError(
                f"the PDF is damaged or of a kind that pypdf cannot read{where}: {type(error).__name__}: {error}",
                place=file.place,
            ) from error
        for message in mended:
            notes.add(
                "pypdf mended a fault of a file", "faults of files were mended by pypdf", f"{file.place}: {message}"
            )
        for number, text in enumerate(texts, start=1):
            if not text:
                notes.add("a page has no text (a scan?)", "pages have no text (scans?)", f"{file.place}, page {number}")
        yield _document(file, texts, told)


def _document(file: InputFile, texts: list[str], told: Any) -> Document:
    starts, at = [], 0
    for text in texts:
        starts.append(at)
        at += len(text) + len(_BETWEEN)
    metadata: dict[str, Any] = {"pages": len(texts)}
    for name in _KEPT:
        value = getattr(told, name, None)
        if isinstance(value, str) and value.strip():
            metadata[name] = _storable(value.strip())
    title = getattr(told, "title", None)
    title = _storable(title.strip()) if isinstance(title, str) and title.strip() else file.stem
    return Document(file.id, title, _BETWEEN.join(texts), metadata, file.place, pages=tuple(starts))


def _storable(text: str) -> str:
    """Fonts can map glyphs to halves of surrogate pairs or to NUL, which no store keeps: each becomes U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "\ufffd")
