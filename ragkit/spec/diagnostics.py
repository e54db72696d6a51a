"""What is wrong with a file: each finding at its place, and the collector that gathers all of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from ragkit.errors import SpecError, nearest
from ragkit.spec.plan import Position

_WIDEST = 120
_SHORTEST_SECRET = 4
_HARMLESS = re.compile(r"(?i)true|false|null")


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    Attributes:
        file: The file as the user named it.
        line: From 1; 0 when the finding is about the file as a whole (it is not there).
        column: From 1, in characters.
        where: The place in the document, ``steps.evidence.buffer``; empty when there is none yet.
        message: What was found and what is expected.
        source_line: The line of the file, without its end.
        length: How many characters of the line the finding is about.
        allowed: What may stand there.
        suggestion: The nearest name that is known.
        code: A stable name of the kind of finding, ``unknown-key``.
    """

    file: str
    line: int
    column: int
    where: str
    message: str
    source_line: str = ""
    length: int = 1
    allowed: str | None = None
    suggestion: str | None = None
    code: str = "invalid"

    @property
    def place(self) -> str:
        """``file:line:col``, or the file alone."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file

    def render(self) -> str:
        """The finding as a person reads it: place and message, the line with a caret, what is allowed."""
        head = ": ".join(part for part in (self.place, self.where, self.message) if part)
        lines = [_visible(head)]
        if self.line and self.source_line.strip():
            number = f"{self.line:>4}"
            shown, before, width = _window(self.source_line, self.column - 1, self.length)
            lines.append(f"{number} | {shown}")
            lines.append(f"{' ' * len(number)} | {' ' * before}{'^' * width}")
        if self.allowed is not None:
            lines.append(f"     = allowed: {_visible(self.allowed)}")
        if self.suggestion is not None:
            lines.append(f"     = did you mean {self.suggestion!r}?")
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """The finding as a JSON object, its fields under their names."""
        return asdict(self)


class Diagnostics:
    """Gathers the findings of one check, over all the files that it reads.

    ``register`` is told the text of each file, so that a finding can show its line; ``span`` how long the token at a
    place is, so that its caret is as wide; ``hide`` what a variable of the environment holds, so that no message
    repeats it.
    """

    def __init__(self) -> None:
        self._lines: dict[str, list[str]] = {}
        self._spans: dict[Position, int] = {}
        self._hidden: list[tuple[re.Pattern[str], str]] = []
        self._found: dict[Diagnostic, None] = {}

    def register(self, file: str, text: str) -> None:
        """Makes the lines of a file known; the files of a report are in the order of their registration."""
        self._lines[file] = re.split(r"\r\n|\r|\n", text)

    def span(self, position: Position, length: int) -> None:
        """Makes known how many characters the token at ``position`` has."""
        self._spans[position] = max(length, 1)

    def hide(self, value: str, written: str) -> None:
        """From now on a message that would repeat ``value`` says ``written`` (``${NAME}``) in its place."""
        if len(value) < _SHORTEST_SECRET or _HARMLESS.fullmatch(value):
            return
        forms = sorted({re.escape(value), re.escape(repr(value)[1:-1])}, key=len, reverse=True)
        self._hidden.append((re.compile(rf"(?<!\w)(?:{'|'.join(forms)})(?!\w)"), written))

    def add(
        self,
        position: Position,
        where: str,
        message: str,
        *,
        code: str,
        allowed: str | Iterable[str] | None = None,
        nearest_to: tuple[str, Iterable[str]] | None = None,
        length: int | None = None,
    ) -> None:
        """Adds a finding; the same finding at the same place is kept once.

        Args:
            position: Where it stands.
            where: The place in the document, ``steps.evidence.buffer``.
            message: What was found and what is expected; lower-case start.
            code: A stable name of the kind of finding.
            allowed: What may stand there: a phrase, or names that are joined by commas.
            nearest_to: A name and those that are known: the nearest of them becomes the suggestion.
            length: The caret's width; by default that of the token at the position.
        """
        lines = self._lines.get(position.file, [])
        source_line = lines[position.line - 1] if 0 < position.line <= len(lines) else ""
        if allowed is not None and not isinstance(allowed, str):
            allowed = ", ".join(allowed)
        finding = Diagnostic(
            file=position.file,
            line=position.line,
            column=position.column,
            where=where,
            message=self._cleared(message),
            source_line=source_line,
            length=length if length is not None else self._spans.get(position, 1),
            allowed=self._cleared(allowed) if allowed else None,
            suggestion=nearest(*nearest_to) if nearest_to is not None else None,
            code=code,
        )
        self._found[finding] = None

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """All findings: the files in the order in which they were read, each file from top to bottom."""
        order = {file: number for number, file in enumerate(self._lines)}
        return tuple(
            sorted(self._found, key=lambda d: (order.get(d.file, len(order)), d.file, d.line, d.column, d.message))
        )

    def __len__(self) -> int:
        return len(self._found)

    def raise_if_any(self) -> None:
        """Ends the check where something is wrong.

        Raises:
            SpecError: There are findings; it holds all of them.
        """
        if self._found:
            raise SpecError(self.errors)

    def _cleared(self, text: str) -> str:
        for pattern, written in self._hidden:
            text = pattern.sub(lambda _, shown=written: shown, text)  # type: ignore[misc]
        return text


def _window(line: str, start: int, length: int) -> tuple[str, int, int]:
    """The part of a line to show, the columns before the caret, and the caret's width.

    Tabs and characters that would move or colour a terminal are shown as one blank or one replacement character; wide
    characters count two columns.
    """
    start = min(max(start, 0), len(line))
    end = min(max(start + max(length, 1), start + 1), max(len(line), start + 1))
    left, right, marks = 0, len(line), ("", "")
    if len(line) > _WIDEST:
        left = max(0, min(start - _WIDEST // 3, len(line) - _WIDEST))
        right = min(len(line), left + _WIDEST)
        marks = ("…" if left else "", "…" if right < len(line) else "")
    before = marks[0] + _visible(line[left:start])
    shown = before + _visible(line[start:right]) + marks[1]
    return shown.rstrip(), _columns(before), max(1, _columns(_visible(line[start : min(end, right)])))


def _visible(text: str) -> str:
    return "".join(
        " " if char in "\t\n" else char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text
    )


def _columns(text: str) -> int:
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )
