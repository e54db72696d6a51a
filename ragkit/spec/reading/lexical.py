"""What can be said of a file before it is parsed: is it text, and is it a YAML file that somebody finished editing?"""

from __future__ import annotations

import bisect
import codecs
import glob
import os
import re
from collections.abc import Iterable
from pathlib import Path

from ragkit.errors import nearest_file
from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.plan import Position

MOST_BYTES = 1_000_000
ODD_BLANK = re.compile("[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000\ufeff]")
_LINE_END = re.compile(r"\r\n|\r|\n")
_CONTROL = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UTF16_OR_32 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
_CONFLICT = re.compile(r"^<{7}(?: .*)?$", re.MULTILINE)
_CONFLICT_END = re.compile(r"^>{7}(?: .*)?$", re.MULTILINE)
_DIRECTIVE = re.compile(r"%\S.*")


class Places:
    """Turns offsets of a text into positions. Lines end at LF, CR LF or CR, as in an editor."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(text))]

    def at(self, offset: int) -> Position:
        """The position of an offset."""
        line = bisect.bisect_right(self._starts, offset)
        return Position(self.file, line, offset - self._starts[line - 1] + 1)

    def line(self, number: int) -> str:
        """A line by its number from 1, without its end; empty beyond the text."""
        if not 0 < number <= len(self._starts):
            return ""
        end = self._starts[number] if number < len(self._starts) else len(self.text)
        return self.text[self._starts[number - 1] : end].rstrip("\r\n")

    def start(self, number: int) -> int:
        """The offset at which a line begins."""
        return self._starts[number - 1]

    @property
    def count(self) -> int:
        """How many lines there are."""
        return len(self._starts)


def read_bytes(path: Path, name: str, diagnostics: Diagnostics) -> bytes | None:
    """The content of a file that is there, may be read and is not too large; else None, and a finding."""

    def refuse(message: str, code: str, near: tuple[str, Iterable[str]] | None = None) -> None:
        diagnostics.add(Position(name, 0, 0), "", message, code=code, nearest_to=near)

    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        refuse("there is no such file", "no-file", _meant(path))
    except IsADirectoryError:
        refuse("this is a folder, expected a YAML file", "no-file")
    except NotADirectoryError:
        refuse("there is no such file: a part of its path is a file, not a folder", "no-file")
    except PermissionError:
        refuse("the file may not be read: permission denied", "no-permission")
    except (OSError, ValueError) as error:
        refuse(f"the file cannot be read: {getattr(error, 'strerror', None) or error}", "unreadable")
    else:
        if len(data) <= MOST_BYTES:
            return data
        _too_large(name, f"{size:,}" if size > MOST_BYTES else "more", diagnostics)
    return None


def _too_large(name: str, found: str, diagnostics: Diagnostics) -> None:
    message = f"the file has {found} bytes, at most {MOST_BYTES:,} are read; is it a pipeline, or its data?"
    diagnostics.add(Position(name, 0, 0), "", message, code="too-large")


def _meant(path: Path) -> tuple[str, Iterable[str]] | None:
    """The file beside it that was probably meant; else one of its name in a folder there, as in ``pipelines/``."""
    beside = nearest_file(path.name, _names(path.parent))
    if beside is not None:
        return beside
    try:
        below = sorted(path.parent.glob(f"*/{glob.escape(path.stem)}.y*ml"))
    except (OSError, ValueError):
        return None
    return (str(below[0]), (str(below[0]),)) if below else None


def _names(folder: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in folder.iterdir())[:1000]
    except OSError:
        return []


def decode(data: bytes, name: str, diagnostics: Diagnostics) -> str | None:
    """The text of a file, without its byte-order mark; None when it is binary or not UTF-8."""
    if data.startswith(codecs.BOM_UTF8):
        data = data[len(codecs.BOM_UTF8) :]
    zero = data.find(b"\0")
    if data.startswith(_UTF16_OR_32):
        message = "the file begins with the mark of UTF-16 or UTF-32; save it as UTF-8"
        diagnostics.add(Position(name, 0, 0), "", message, code="not-utf-8")
    elif zero >= 0:
        message = f"a binary file (a zero byte at offset {zero}), expected YAML, which is text in UTF-8"
        diagnostics.add(Position(name, 0, 0), "", message, code="binary")
    else:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            _not_utf8(data, error, name, diagnostics)
    return None


def _not_utf8(data: bytes, error: UnicodeDecodeError, name: str, diagnostics: Diagnostics) -> None:
    diagnostics.register(name, data.decode("utf-8", "replace"))
    before = data[: error.start].decode("utf-8")
    byte = data[error.start : error.start + 1]
    looks = byte.decode("cp1252", "ignore")
    message = f"the byte 0x{byte.hex()} at offset {error.start} is not UTF-8"
    if error.end == len(data) and error.reason == "unexpected end of data":
        message = f"the file ends at offset {error.start} in the middle of a character; is it whole?"
    elif looks:
        message += f"; in Windows-1252 it would be {looks!r}, save the file as UTF-8"
    diagnostics.add(Places(name, before).at(len(before)), "", message, code="not-utf-8")


def check_text(places: Places, diagnostics: Diagnostics) -> str | None:
    """Looks for what no parser need see. The text to parse, directives blanked; None when parsing makes no sense."""
    text = places.text
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MOST_BYTES:
        _too_large(places.file, f"{size:,}", diagnostics)
        return None
    if not text.strip():
        diagnostics.add(Position(places.file, 0, 0), "", "the file is empty", code="empty")
        return None
    fit = True
    for match in list(_CONTROL.finditer(text))[:20]:
        character = match.group()
        message = f"the character U+{ord(character):04X} cannot stand in YAML as it is; delete it"
        message += f', or write "\\u{ord(character):04x}" in double quotes' if ord(character) < 0xFFFF else ""
        diagnostics.add(places.at(match.start()), "", message, code="control-character", length=1)
        fit = False
    for match in _CONFLICT.finditer(text):
        end = _CONFLICT_END.search(text, match.end())
        until = f", up to line {places.at(end.start()).line}" if end is not None else ""
        message = f"a merge conflict begins here{until}; keep one of its sides and delete the markers"
        length = len(match.group())
        diagnostics.add(places.at(match.start()), "", message, code="merge-conflict", length=length)
        fit = False
    return _without_directives(places, diagnostics) if fit else None


def _without_directives(places: Places, diagnostics: Diagnostics) -> str:
    """The text with its ``%`` lines made comments, each reported: only those before the document count."""
    text = places.text
    for number in range(1, places.count + 1):
        line = places.line(number)
        if _DIRECTIVE.match(line):
            position = Position(places.file, number, 1)
            word = line.split(None, 1)[0]
            message = f"the directive {word!r} is not allowed; a file is YAML 1.2 without tags, delete this line"
            diagnostics.add(position, "", message, code="directive", length=len(line.rstrip()))
            start = places.start(number)
            text = f"{text[:start]}#{text[start + 1 :]}"
        elif line.strip() and not line.lstrip().startswith("#"):
            break
    return text
