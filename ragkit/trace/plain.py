"""A trace as plain data for other programs: ``trace show --json`` and ``trace export --format json``.

One document holds the whole run. Passages stand once each under ``passages``; where one flowed through a port its
``id`` there and its scores at that moment are given. Times are seconds: ``started`` of a span counts from the start of
the run. What JSON has no number for is a string (``"NaN"``); a value of a foreign type is its ``repr``.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ragkit.trace.contents import CONTENT_FIELDS
from ragkit.trace.model import Span, Trace
from ragkit.trace.values import Opaque, is_unicode
from ragkit.types import Answer, Parts, Passage, Passages

FORMAT = "ragkit-trace/1"
_NOT_FINITE = {math.inf: "Infinity", -math.inf: "-Infinity"}


def as_plain(trace: Trace) -> dict[str, Any]:
    """The whole trace, JSON-able."""
    plain = _Plain()
    spans = [_span(span, trace.started, plain) for span in trace.spans]
    return {
        "format": FORMAT,
        "trace_id": trace.id,
        "question": plain.value(trace.question),
        "pipeline": plain.value(trace.pipeline),
        "started": datetime.fromtimestamp(trace.started / 1e9, UTC).isoformat(),
        "seconds": None if trace.ended is None else (trace.ended - trace.started) / 1e9,
        "inputs": plain.value(trace.inputs),
        "result": plain.value(trace.result),
        "conditions": plain.value(trace.conditions),
        "usage": plain.value(trace.usage),
        "spans": spans,
        "passages": plain.passages,
        "graph": plain.value(trace.graph),
    }


def plain_value(value: Any) -> Any:
    """One value of a port, JSON-able, its passages whole."""
    plain = _Plain()
    data = plain.value(value)
    return data if not plain.passages else {"value": data, "passages": plain.passages}


def content_of(passage: Passage) -> dict[str, Any]:
    """What a passage holds beside its scores, JSON-able; fields that say nothing are left out."""
    content = {name: _Plain().value(getattr(passage, name)) for name in CONTENT_FIELDS}
    return {name: value for name, value in content.items() if value not in (None, {}, [])}


def _span(span: Span, started: int, plain: _Plain) -> dict[str, Any]:
    named = ("index", "parent", "step", "use", "kind", "frame", "status", "reason", "batch")
    values = ("inputs", "outputs", "params", "decision", "warnings", "usage", "error")
    return {
        **{name: getattr(span, name) for name in named},
        "started": (span.started - started) / 1e9,
        "seconds": (span.ended - span.started) / 1e9,
        **{name: plain.value(getattr(span, name)) for name in values},
    }


class _Plain:
    """Makes values plain; ``passages`` collects their contents under their ids."""

    def __init__(self) -> None:
        self.passages: dict[str, dict[str, Any]] = {}
        self._names: dict[tuple[Any, ...], str] = {}

    def value(self, value: Any) -> Any:
        if value is None or isinstance(value, (bool, int)):
            return value
        if isinstance(value, str):
            return str(value) if is_unicode(value) else value.encode(errors="backslashreplace").decode()
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else _NOT_FINITE.get(float(value), "NaN")
        if isinstance(value, Mapping):
            return {str(self.value(key)): self.value(item) for key, item in value.items()}
        if isinstance(value, Passage):
            return {"id": self._name(value), "scores": self.value(value.scores)}
        if isinstance(value, Passages):
            return {"ranked_by": self.value(value.ranked_by), "passages": [self.value(item) for item in value.items]}
        if isinstance(value, Answer):
            fields = ("text", "abstained", "citations", "passages")
            return {name: self.value(getattr(value, name)) for name in fields}
        if isinstance(value, Opaque):
            return self.value(value.text)
        if dataclasses.is_dataclass(value):
            return {field.name: self.value(getattr(value, field.name)) for field in dataclasses.fields(value)}
        if isinstance(value, (Parts, Sequence)):
            return [self.value(item) for item in value]
        if hasattr(value, "tolist"):  # numpy
            return self.value(value.tolist())
        return self.value(repr(value))

    def _name(self, passage: Passage) -> str:
        """The passage's id; another passage with the same id (one that was shortened) gets a number behind it."""
        key = (passage.id, passage.text, passage.title, passage.parts)
        if key not in self._names:
            id = self.value(passage.id)
            name, again = id, 1
            while name in self.passages:
                again += 1
                name = f"{id}~{again}"
            self._names[key] = name
            self.passages[name] = content_of(passage)
        return self._names[key]
