"""Bytes to characters, with an error that says which byte was wrong and where it stands."""

from __future__ import annotations

from collections.abc import Iterator

from ragkit.corpus.loaders.files import InputFile
from ragkit.errors import DocumentError

_BOMS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def read_text(file: InputFile, encoding: str) -> str:
    r"""The text of a file with ``\n`` as the only line ending.

    Raises:
        DocumentError: A byte does not fit the encoding, or the file is no text.
    """
    return decode(read_bytes(file), file, encoding).replace("\r\n", "\n").replace("\r", "\n")


def read_bytes(file: InputFile) -> bytes:
    """The bytes of a file.

    Raises:
        DocumentError: The file cannot be opened.
    """
    try:
        return file.path.read_bytes()
    except OSError as error:
        raise DocumentError(f"the file cannot be read: {error.strerror}", place=file.place) from error


def read_lines(file: InputFile, encoding: str, newline: str = "\n") -> Iterator[str]:
    r"""The lines of a file, one after the other, with their endings; the file is never whole in memory.

    Args:
        file: The file.
        encoding: Its encoding.
        newline: As for ``open``: ``"\n"`` ends lines there only, ``""`` at every kind of line ending.

    Raises:
        DocumentError: As for ``read_text``.
    """
    try:
        with open(file.path, encoding=_with_bom(encoding), newline=newline) as handle:
            yield from handle
    except OSError as error:
        raise DocumentError(f"the file cannot be read: {error.strerror}", place=file.place) from error
    except UnicodeError:
        # The decoder counts from the start of its buffer; decoding the whole names the byte in the file.
        decode(read_bytes(file), file, encoding)
        raise


def decode(data: bytes, file: InputFile, encoding: str) -> str:
    """The characters of ``data``.

    Raises:
        DocumentError: As for ``read_text``.
    """
    try:
        text = data.decode(_with_bom(encoding))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        guess = next((name for bom, name in _BOMS.items() if data.startswith(bom)), None)
        hint = f"set 'encoding: {guess}'" if guess else "set 'encoding:' to the file's own, such as cp1252 or latin-1"
        raise DocumentError(
            f"byte {error.start} (0x{data[error.start]:02x}) is not {encoding}",
            place=f"{file.place}:{line}",
            hint=hint,
        ) from None
    except UnicodeError as error:
        raise DocumentError(f"the file is not {encoding}: {error}", place=file.place) from None
    if "\0" in text:
        where = text.index("\0")
        raise DocumentError(
            f"character {where} is NUL: the file is not text, or not {encoding}",
            place=f"{file.place}:{text.count(chr(10), 0, where) + 1}",
            hint="exclude it, or set 'encoding:' (utf-16 text read as utf-8 looks like this)",
        )
    return text


def _with_bom(encoding: str) -> str:
    return "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding
