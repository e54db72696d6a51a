"""The privacy switches of OpenInference, for traces whose content was kept: what an export leaves out."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from ragkit.errors import UsageError
from ragkit.trace.model import Span, Trace
from ragkit.trace.record import from_document, to_document
from ragkit.trace.redact import REDACTED

HIDE_INPUTS = "OPENINFERENCE_HIDE_INPUTS"
HIDE_OUTPUTS = "OPENINFERENCE_HIDE_OUTPUTS"


@dataclass(frozen=True, slots=True)
class Hide:
    """What is replaced by ``__REDACTED__``: the texts that steps were given, those that they gave, or both."""

    inputs: bool = False
    outputs: bool = False

    @classmethod
    def from_environment(cls) -> Hide:
        """The switches ``OPENINFERENCE_HIDE_INPUTS`` and ``OPENINFERENCE_HIDE_OUTPUTS``.

        Raises:
            UsageError: One of them is neither true nor false.
        """
        return cls(_switch(HIDE_INPUTS), _switch(HIDE_OUTPUTS))


SHOW_ALL = Hide()


def masked(trace: Trace, hide: Hide) -> Trace:
    """The trace without the texts that are to be hidden; ids, numbers, labels and decisions stay.

    Reasons, warnings and errors are cleaned of the run's texts as soon as one side is hidden.
    """
    if not (hide.inputs or hide.outputs):
        return trace
    sink: dict[str, bytes] = {}
    clean = from_document(to_document(trace, sink, content=False), sink, trace.graph)
    spans = [_mask(span, other, hide) for span, other in zip(trace.spans, clean.spans, strict=True)]
    result = clean.result
    if result is not None and trace.result is not None:
        if not hide.inputs:
            result = {**result, "question": trace.result.get("question")}
        if not hide.outputs:
            result = {**trace.result, "question": result.get("question")}
    shown = clean if hide.inputs else replace(clean, question=trace.question, inputs=trace.inputs)
    return replace(shown, spans=spans, result=result)


def _mask(span: Span, clean: Span, hide: Hide) -> Span:
    if not hide.inputs:
        clean.inputs = span.inputs
    if not hide.outputs:
        clean.outputs = span.outputs
    shown = (() if hide.inputs else ("messages",)) + (() if hide.outputs else ("reply", "thoughts", "logprobs"))
    clean.requests = tuple(
        {**bare, **{name: whole[name] for name in shown if name in whole}}
        for whole, bare in zip(span.requests, clean.requests, strict=True)
    )
    return clean


def is_hidden(value: object) -> bool:
    """True for the placeholder."""
    return value == REDACTED


def _switch(name: str) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if value in ("", "false", "0", "no", "off"):
        return False
    if value in ("true", "1", "yes", "on"):
        return True
    raise UsageError(f"{name} is {value!r}; it takes true or false")
