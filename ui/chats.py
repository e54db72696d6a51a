"""Conversations: what was asked in each, in order, also what is being answered. Ended runs are in the trace store."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from ragkit.errors import RagkitError, SpecError, UsageError

_SUFFIX = ".jsonl"
_EVERY = 0.5
"""Seconds between two writes of an answer that is being written."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question of a conversation.

    Attributes:
        pipeline: The pipeline's name.
        at: When it was asked, in seconds since the epoch.
        trace: The id of its trace; None where it has not ended, or could not begin.
        run: The id of its run.
        question: The question, for as long as there is no trace.
        written: What an LM had written of the answer, unchecked; it is of use where the run failed or never ended.
        error: Why it could not begin: ``message``, ``hint``, ``place``, as in a result; ``listing`` where a file has
            errors.
    """

    pipeline: str
    at: float
    trace: str | None = None
    run: str = ""
    question: str = ""
    written: str = ""
    error: Mapping[str, Any] | None = None


class Chats:
    """The conversations of a project: one file of JSON lines for each, named by the conversation's id.

    Args:
        folder: Where they are; it is made with the first one.
        content: False keeps no question and no answer here, as ``content = false`` under ``[trace]`` asks for.
    """

    def __init__(self, folder: Path, content: bool = True) -> None:
        self.folder = folder
        self.content = content

    def begin(self, chat: str, run: str, question: str, pipeline: str) -> Asked:
        """Writes down a question before it is answered.

        Args:
            chat: The conversation's id.
            run: An id for the run.
            question: The question.
            pipeline: The pipeline's name.

        Raises:
            UsageError: The folder cannot be written to.
        """
        asked = Asked(self, chat, run, pipeline)
        self._add(chat, {"run": run, "question": question if self.content else "", **asked.told})
        return asked

    def add(self, chat: str, trace: str, pipeline: str, run: str = "") -> None:
        """Appends a run that has ended to a conversation."""
        self._add(chat, {"run": run, "trace": trace, "pipeline": pipeline, "at": time.time()})

    def read(self, chat: str) -> list[Exchange]:
        """The questions of a conversation, oldest first; none where there is no such conversation."""
        try:
            lines = (self.folder / f"{chat}{_SUFFIX}").read_bytes().splitlines()
        except OSError:
            return []
        found: dict[str, Exchange] = {}
        for number, row in enumerate(_rows(lines)):
            run = str(row.get("run") or f"line {number}")  # lines of earlier versions have none
            old = found.get(run)
            new = _begun(row, run) if old is None else _told(old, row)
            if new is not None:
                found[run] = new
        return list(found.values())

    def latest(self, limit: int = 10) -> list[tuple[str, Exchange]]:
        """The conversations that were spoken in last, each with its first question."""
        try:
            files = sorted(self.folder.glob(f"*{_SUFFIX}"), key=lambda file: file.stat().st_mtime, reverse=True)
        except OSError:
            return []
        found = [(file.stem, self.read(file.stem)) for file in files[:limit]]
        return [(chat, exchanges[0]) for chat, exchanges in found if exchanges]

    def _add(self, chat: str, row: Mapping[str, Any]) -> None:
        """Appends a line; one write, so that two at once leave two whole lines."""
        path = self.folder / f"{chat}{_SUFFIX}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with path.open("ab", buffering=0) as file:
                file.write(orjson.dumps(row) + b"\n")
        except OSError as error:
            raise UsageError(
                f"the conversation cannot be written: {error.strerror}", place=str(path),
                hint="RAGKIT_HOME=FOLDER ragkit ui, where FOLDER can be written to",
            ) from error  # fmt: skip


class Asked:
    """A question that is being answered: what comes of it is written down as it comes."""

    def __init__(self, chats: Chats, chat: str, run: str, pipeline: str) -> None:
        self._chats, self._chat, self._run = chats, chat, run
        self._held, self._wrote = "", 0.0
        self.told: Mapping[str, Any] = {"pipeline": pipeline, "at": time.time()}

    def text(self, piece: str) -> None:
        """Takes up a piece of the answer."""
        self._held += piece
        if time.monotonic() - self._wrote >= _EVERY:
            self._write()

    def ended(self, trace: str) -> None:
        """The run has ended, well or not: its trace is in the store."""
        self._write()
        self._chats.add(self._chat, trace, str(self.told["pipeline"]), self._run)

    def failed(self, error: Exception) -> None:
        """The run could not begin."""
        told: dict[str, Any] = {"message": f"{type(error).__name__}: {error}", "hint": None, "place": None}
        if isinstance(error, SpecError):
            told = {"message": error.message, "hint": None, "place": error.place, "listing": str(error)}
        elif isinstance(error, RagkitError):
            told = {"message": error.message, "hint": error.hint, "place": error.place}
        self._chats._add(self._chat, {"run": self._run, "error": told})

    def _write(self) -> None:
        if self._held and self._chats.content:
            self._chats._add(self._chat, {"run": self._run, "text": self._held})
        self._held, self._wrote = "", time.monotonic()


def _rows(lines: list[bytes]) -> Iterator[Mapping[str, Any]]:
    """The lines that are whole: a crash may have cut one off."""
    for line in lines:
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        if isinstance(row, dict):
            yield row


def _begun(row: Mapping[str, Any], run: str) -> Exchange | None:
    """The first line of a question; None for one that says too little."""
    try:
        trace = None if row.get("trace") is None else str(row["trace"])
        begun = Exchange(str(row["pipeline"]), float(row["at"]), trace, run, str(row.get("question") or ""))
    except (KeyError, TypeError, ValueError):
        return None
    return begun if trace is not None or "question" in row else None


def _told(old: Exchange, row: Mapping[str, Any]) -> Exchange:
    """What a later line adds."""
    if isinstance(row.get("text"), str):
        return replace(old, written=old.written + row["text"])
    if isinstance(row.get("error"), dict):
        return replace(old, error=row["error"])
    return old if row.get("trace") is None else replace(old, trace=str(row["trace"]))
