"""A trace as a row of the store's table, with the columns that lists are made and searched by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from ragkit.trace import owner
from ragkit.trace.model import Trace
from ragkit.trace.stored import Outcome, TraceRow
from ragkit.trace.values import TAG

LIST_COLUMNS = "id, started, ended, owner, pipeline, pipeline_hash, question, answer, abstained, error, steps, passages"
COLUMNS = f"{LIST_COLUMNS}, graph, document"
_NAMES = COLUMNS.split(", ")
WRITE = (
    f"INSERT INTO traces ({COLUMNS}) VALUES ({', '.join('?' * len(_NAMES))}) "
    f"ON CONFLICT (id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _NAMES[1:])}"
)


def to_row(trace: Trace, document: dict[str, Any], graph: str | None, process: str, ended: bool) -> tuple[Any, ...]:
    """The values of ``COLUMNS`` for a trace whose document is ``document``.

    A run that has ended has an end: that of its last span where the trace itself names none.
    """
    root = document["root"]
    if ended and root["ended"] is None:
        root["ended"] = max((span.ended for span in trace.spans), default=trace.started)
    result = root["result"] or {}
    passages = result.get("passages")
    return (
        trace.id, trace.started, root["ended"], process, str(trace.pipeline.get("name", "")),
        str(trace.pipeline.get("hash", "")), _column(root["question"]), _column(result.get("answer")),
        result.get("abstained"), _failure(root), len(trace.spans), None if passages is None else len(passages),
        graph, orjson.dumps(document),
    )  # fmt: skip


def from_row(row: Sequence[Any]) -> TraceRow:
    """The line of a list from the values of ``LIST_COLUMNS``."""
    id, started, ended, process, pipeline, digest, question, answer, abstained, error, steps, passages = row
    outcome: Outcome = "failed" if error is not None else "ok"
    if ended is None:
        outcome = "running" if owner.is_alive(process) else "unfinished"
    return TraceRow(
        id, started, ended, outcome, pipeline, digest, question, answer,
        None if abstained is None else bool(abstained), error, steps, passages,
    )  # fmt: skip


def _failure(root: Mapping[str, Any]) -> str | None:
    """Why the run failed: the message of its result, else that of the first span that failed."""
    error = (root["result"] or {}).get("error")
    if error is None:
        error = next((span["error"] or {} for span in root["spans"] if span["status"] == "failed"), None)
    return None if error is None else _column(error.get("message", "failed"))


def _column(text: Any) -> str | None:
    """A text for a column; SQLite has no lone surrogates, so they show as replaced here (the document is exact)."""
    if isinstance(text, dict) and text.get(TAG) == "str":
        return bytes.fromhex(text["v"]).decode("utf-8", "replace")
    return None if text is None else str(text)
