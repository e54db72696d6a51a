"""Saved results: ``<state>/results/<name>/`` holds ``report.json`` and ``rows.jsonl``.

A result appears whole or not at all: it is written beside its place and moved there in one step. ``last`` is the
evaluation that ended last; it is kept by itself and overwritten by the next one.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from filelock import FileLock

from ragkit.corpus.files import flush_folder, read_json, write_json
from ragkit.errors import EvaluationError, UsageError, did_you_mean
from ragkit.evaluate.row import Row

LAST = "last"
REPORT = "report.json"
ROWS = "rows.jsonl"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


@dataclass(frozen=True, slots=True)
class SavedResult:
    """A result that was saved: its report, and its rows, which are read when they are asked for."""

    name: str
    folder: Path
    report: Mapping[str, Any]

    @property
    def mark(self) -> int:
        """A number that changes when a result of this name is saved again."""
        try:
            return (self.folder / ROWS).stat().st_mtime_ns
        except OSError:
            return 0

    def rows(self) -> Iterator[Row]:
        """The rows, in the order of the questions.

        Raises:
            EvaluationError: The file is gone or damaged.
        """
        path = self.folder / ROWS
        try:
            with path.open("rb") as file:
                for number, line in enumerate(file, start=1):
                    yield _object(line, f"{path}:{number}", _measure(self.name, self.folder))
        except OSError as error:
            raise EvaluationError(
                f"the rows of {self.name!r} cannot be read: {error.strerror}", place=str(path),
                hint=_measure(self.name, self.folder),
            ) from error  # fmt: skip


class Results:
    """The saved results of a project.

    Args:
        state: The project's state folder.
    """

    def __init__(self, state: Path) -> None:
        self.folder = state / "results"

    def names(self) -> list[str]:
        """Every saved result, the newest first."""
        found = [file for file in self.folder.glob(f"*/{REPORT}") if _NAME.fullmatch(file.parent.name)]
        return [file.parent.name for file in sorted(found, key=lambda file: file.stat().st_mtime, reverse=True)]

    def check(self, name: str, force: bool = False) -> None:
        """Says before an evaluation runs what would keep it from being saved.

        Raises:
            UsageError: The name is no name, or is taken and ``force`` is false.
        """
        if not _NAME.fullmatch(name):
            raise UsageError(f"a result cannot be named {name!r}: letters, digits, '.', '_' and '-', 80 at most")
        if name == LAST:
            raise UsageError("the name 'last' is kept for the evaluation that ended last")
        if (self.folder / name).exists() and not force:
            raise _taken(name)

    def save(self, name: str, report: Mapping[str, Any], rows: Iterable[bytes], force: bool = False) -> SavedResult:
        """Saves a result.

        Args:
            name: Its name; ``last`` is always replaced.
            report: The report document.
            rows: The rows, each a line of JSON with its line end.
            force: Replace a result of this name.

        Raises:
            UsageError: The name is no name, or is taken and ``force`` is false.
        """
        if name != LAST:
            self.check(name, force)
        target = self.folder / name
        new = self.folder / f".saving-{secrets.token_hex(4)}"
        new.mkdir(parents=True)
        try:
            with (new / ROWS).open("wb") as file:
                file.writelines(rows)
                file.flush()
                os.fsync(file.fileno())
            write_json(new / REPORT, report)
            self._move(new, target, name, force or name == LAST)
        finally:
            shutil.rmtree(new, ignore_errors=True)
        return SavedResult(name, target, report)

    def load(self, name: str) -> SavedResult:
        """A saved result by its name, or by the path of its folder.

        Raises:
            UsageError: There is none; the message has the nearest name.
            EvaluationError: Its report is damaged.
        """
        folder = self.folder / name if _NAME.fullmatch(name) else Path(name)
        if not folder.is_dir() and Path(name).is_dir():
            folder = Path(name)
        path = folder / REPORT
        if not path.is_file():
            names = self.names()
            raise UsageError(
                f"there is no saved result {name!r}{did_you_mean(name, names)}",
                hint=f"saved: {', '.join(names)}" if names else "ragkit eval PIPELINE --data FILE --save NAME",
            )
        report = read_json(path)
        if not isinstance(report, dict) or not isinstance(report.get("metrics"), dict):
            raise EvaluationError(f"the report of {name!r} is damaged", place=str(path), hint=_measure(name, folder))
        return SavedResult(name, folder, report)

    def _move(self, new: Path, target: Path, name: str, force: bool) -> None:
        """Puts a folder in its place; what is there already goes away only when the new one is."""
        old = self.folder / f".replaced-{secrets.token_hex(4)}"
        with FileLock(self.folder.with_suffix(".lock")):  # two that save at once never see each other's half moves
            if target.exists():
                if not force:
                    raise _taken(name)
                os.rename(target, old)
            try:
                os.rename(new, target)
            except OSError:
                if old.exists():
                    os.rename(old, target)
                raise
        flush_folder(self.folder)
        shutil.rmtree(old, ignore_errors=True)


def _taken(name: str) -> UsageError:
    return UsageError(f"there is a result {name!r} already", hint="--force replaces it")


def _measure(name: str, folder: Path) -> str:
    """What mends a result that is damaged."""
    saved = "" if name == LAST or not _NAME.fullmatch(name) else f" --save {name} --force"
    return f"measure it again: ragkit eval PIPELINE --data FILE{saved}; or remove its folder: {folder}"


def _object(line: bytes, place: str, hint: str) -> Row:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise EvaluationError(f"a saved row is damaged: {error}", place=place, hint=hint) from error
    if not isinstance(row, dict):
        raise EvaluationError(f"a saved row is a {type(row).__name__}, not an object", place=place, hint=hint)
    return row
