"""How verbs speak: ``result`` and ``document`` write stdout, everything else goes to stderr.

Colour and bars are used on a terminal only, and never where ``NO_COLOR`` is set. Text that came from documents or from
the network may hold control characters; ``clean`` makes them visible before a terminal obeys them.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, TextIO

from ragkit.errors import RagkitError, SpecError

Style = Literal["bold", "dim", "red", "green", "yellow", "cyan"]
_WHOLE_WORDS: dict[str, Any] = {"break_long_words": False, "break_on_hyphens": False}
_CODES: dict[Style, str] = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


def result(text: str = "") -> None:
    """Writes the result, or a part of it, to stdout.

    Raises:
        RagkitError: stdout takes no more.
    """
    with _to_stdout():
        sys.stdout.write(text + "\n")


def document(value: Any) -> None:
    """Writes exactly one JSON document to stdout.

    Raises:
        RagkitError: stdout takes no more.
    """
    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
    text = json.dumps(value, ensure_ascii=encoding != "utf8", indent=2, default=str)
    with _to_stdout():
        sys.stdout.write(text + "\n")


def flush() -> None:
    """Hands on what still stands in the buffer of stdout.

    Raises:
        RagkitError: stdout takes no more.
    """
    with _to_stdout():
        sys.stdout.flush()


def say(text: str = "") -> None:
    """Writes talk to stderr."""
    flush()
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def warn(text: str) -> None:
    """Writes a warning to stderr."""
    say(f"{style('warning:', 'yellow', sys.stderr)} {clean(text)}")


def complain(error: RagkitError) -> None:
    """Writes an error, its place and what mends it to stderr."""
    label = style("error:", "red", sys.stderr)
    if isinstance(error, SpecError):
        say(str(error))
        say(f"{label} {error.message}")
        return
    place = f"{error.place}: " if error.place and error.place not in error.message else ""
    say(f"{label} {place}{clean(error.message)}")
    if error.hint:
        say(f"  {style('try:', 'cyan', sys.stderr)} {clean(error.hint)}")


def is_terminal(stream: TextIO) -> bool:
    """True when a person looks at this stream and it can redraw a line."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def is_coloured(stream: TextIO) -> bool:
    """True when colours are shown on this stream and wanted."""
    return is_terminal(stream) and not os.environ.get("NO_COLOR")


def style(text: str, name: Style, stream: TextIO | None = None) -> str:
    """The text in a style where the stream shows colours, else the text alone."""
    if not is_coloured(stream if stream is not None else sys.stdout):
        return text
    return f"\x1b[{_CODES[name]}m{text}\x1b[0m"


def clean(text: str) -> str:
    """The text with control characters (but newline and tab) written out, so that no document moves the cursor."""
    from ragkit.trace.words import visible

    return visible(text)


def width() -> int:
    """The columns to fill: the terminal's, at most 120; 100 where there is none."""
    return min(shutil.get_terminal_size((100, 24)).columns, 120)


def wrap(text: str, indent: str = "", first: str | None = None) -> str:
    """Wraps text to ``width()``, keeping its own line breaks; the lines of a list item hang under its beginning."""
    lines: list[str] = []
    for number, line in enumerate(clean(text).splitlines() or [""]):
        start = first if first is not None and number == 0 else indent
        hang = indent + "  " if line.startswith("- ") else indent
        wrapped = textwrap.wrap(line, width(), initial_indent=start, subsequent_indent=hang, **_WHOLE_WORDS)
        lines += wrapped or [start.rstrip()]
    return "\n".join(lines)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Aligned columns; the last one is cut to the terminal's width, and only on a terminal."""
    cells = [[clean(cell).replace("\n", " ") for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in [list(header), *cells]) for i in range(len(header))]
    room = width() if is_terminal(sys.stdout) else None

    def line(row: Sequence[str]) -> str:
        text = "  ".join(cell.ljust(widths[i]) for i, cell in enumerate(row)).rstrip()
        return text if room is None or len(text) <= room else text[: room - 1] + "…"

    return "\n".join([style(line(header), "bold"), *(line(row) for row in cells)])


def seconds(value: float | None) -> str:
    """A duration for a person: ``840 µs``, ``12 ms``, ``3.2 s``, ``2 min 05 s``."""
    if value is None:
        return "?"
    if value < 0.0009995:
        return f"{value * 1e6:.0f} µs"
    if value < 0.9995:
        return f"{value * 1000:.0f} ms"
    if value < 59.95:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest:02d} s"


def size(count: float) -> str:
    """A number of bytes for a person: ``512 B``, ``3.4 MB``."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError("unreachable")


@contextlib.contextmanager
def _to_stdout() -> Iterator[None]:
    """A full disk behind stdout is an error that says so; a reader who went away is left to the caller."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        forget_stdout()
        raise RagkitError(f"the result cannot be written to stdout: {error.strerror}") from error


def forget_stdout() -> None:
    """Nobody takes what still stands in the buffer; without this the interpreter complains about it at exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def count(number: int, noun: str, plural: str | None = None) -> str:
    """``1 passage``, ``3 passages``, ``2,000 passages``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
