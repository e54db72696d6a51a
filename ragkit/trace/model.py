"""The record of one run: a trace and its spans, in memory, as the engine writes them.

A span keeps references to the very values that a step was given and gave back; they are immutable, so keeping them
costs nothing and they are encoded only when the trace is stored. Times are nanoseconds of ``time.time_ns`` clocks.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ragkit.types import Decision, Passage, Usage

Status = Literal["ok", "skipped", "failed", "cached"]


class Span:
    """What one execution of one step did.

    ``index`` counts from 0 in the trace; ``parent`` is the index of the flow step's span, or None. ``frame`` tells
    executions of one step apart: ``each[2]`` is the third element, ``ask#1`` the second round, joined by ``/``;
    empty at the top. ``inputs`` maps ports to values (a list port to ``Parts``), ``outputs`` maps ports to values.
    ``params`` are those that the step ran with. ``reason`` says why a step was skipped. ``requests`` are those that an
    LM step sent, as plain data: model, messages as sent, reply, usage, failures, seconds.
    """

    __slots__ = (
        "batch",
        "decision",
        "ended",
        "error",
        "frame",
        "index",
        "inputs",
        "kind",
        "outputs",
        "params",
        "parent",
        "reason",
        "requests",
        "started",
        "status",
        "step",
        "usage",
        "use",
        "warnings",
    )  # fmt: skip

    def __init__(
        self, index: int, parent: int | None, step: str, use: str, kind: str, frame: str, started: int
    ) -> None:
        self.index = index
        self.parent = parent
        self.step = step
        self.use = use
        self.kind = kind
        self.frame = frame
        self.started = started
        self.ended = started
        self.status: Status = "ok"
        self.inputs: Mapping[str, Any] = {}
        self.outputs: Mapping[str, Any] = {}
        self.params: Mapping[str, Any] = {}
        self.decision: Decision | None = None
        self.warnings: tuple[str, ...] = ()
        self.usage: Usage | None = None
        self.error: Mapping[str, Any] | None = None
        self.reason: str | None = None
        self.requests: tuple[Mapping[str, Any], ...] = ()
        self.batch = 1
        """How many questions this call served; the step's own seconds are shared by them."""


def shown(passage: Passage) -> dict[str, Any]:
    """A passage as a result document shows it."""
    found = {
        "id": passage.id,
        "doc_id": passage.doc_id,
        "title": passage.title,
        "text": passage.text,
        "scores": {name: float(value) for name, value in passage.scores.items()},
    }
    return {**found, "parts": list(passage.parts)} if passage.parts else found


def decisions(spans: Iterable[Span]) -> list[dict[str, Any]]:
    """Every decision that a step took, in the order in which they ran, as a result document shows them."""
    return [
        {
            "step": span.step, "kind": d.kind, "kept": d.kept, "of": d.of, "score": d.score, "threshold": d.threshold,
            "reason": d.reason,
        }
        for span in spans
        if (d := span.decision) is not None
    ]  # fmt: skip


def new_trace_id() -> str:
    """128 random bits as 32 hex digits: an OpenTelemetry trace id."""
    return secrets.token_hex(16)


@dataclass(slots=True)
class Trace:
    """One run of one question.

    ``pipeline`` is ``{"name", "hash", "file"}``; ``graph`` the declared graph as ``describe`` of the plan gives it, for
    drawing; ``usage`` what it spent; ``result`` the result document of DESIGN.md section 3, once there is one;
    ``conditions`` overlay, corpus versions, models and seed.
    """

    id: str
    question: str
    pipeline: Mapping[str, Any]
    started: int
    ended: int | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)
    spans: list[Span] = field(default_factory=list)
    result: Mapping[str, Any] | None = None
    conditions: Mapping[str, Any] = field(default_factory=dict)
    graph: Mapping[str, Any] | None = None
    usage: Usage = field(default_factory=Usage)
