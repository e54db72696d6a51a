"""Conversations: which runs belong to which, in order. The runs themselves are in the trace store."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import orjson

_SUFFIX = ".jsonl"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question of a conversation: the id of its trace, the pipeline's name, and when (seconds since the epoch)."""

    trace: str
    pipeline: str
    at: float


class Chats:
    """The conversations of a project: one file of JSON lines for each, named by the conversation's id.

    Args:
        folder: Where they are; it is made with the first one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, chat: str, trace: str, pipeline: str) -> None:
        """Appends a run to a conversation; one write, so that two at once leave two whole lines."""
        self.folder.mkdir(parents=True, exist_ok=True)
        line = orjson.dumps({"trace": trace, "pipeline": pipeline, "at": time.time()}) + b"\n"
        with (self.folder / f"{chat}{_SUFFIX}").open("ab", buffering=0) as file:
            file.write(line)

    def read(self, chat: str) -> list[Exchange]:
        """The runs of a conversation, oldest first; none where there is no such conversation."""
        try:
            lines = (self.folder / f"{chat}{_SUFFIX}").read_bytes().splitlines()
        except OSError:
            return []
        return [exchange for exchange in map(_exchange, lines) if exchange is not None]

    def latest(self, limit: int = 10) -> list[tuple[str, Exchange]]:
        """The conversations that were spoken in last, each with its first run."""
        try:
            files = sorted(self.folder.glob(f"*{_SUFFIX}"), key=lambda file: file.stat().st_mtime, reverse=True)
        except OSError:
            return []
        found = [(file.stem, self.read(file.stem)) for file in files[:limit]]
        return [(chat, exchanges[0]) for chat, exchanges in found if exchanges]


def _exchange(line: bytes) -> Exchange | None:
    """A line; None for one that a crash cut off."""
    try:
        row = orjson.loads(line)
        return Exchange(str(row["trace"]), str(row["pipeline"]), float(row["at"]))
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return None
