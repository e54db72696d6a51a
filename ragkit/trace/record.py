"""A trace as one JSON document and back: what a row of the store holds, next to the contents of its passages."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from itertools import count
from typing import Any

from ragkit.errors import TraceError
from ragkit.trace.codec import Encoder
from ragkit.trace.decode import ASK_AGAIN, Decoder
from ragkit.trace.model import Span, Trace, decisions, shown
from ragkit.trace.redact import REDACTED, RedactingEncoder, redact_json, redact_request, scrub, scrub_json
from ragkit.trace.values import ValueEncoder

_AGAIN = "ask again: ragkit run PIPELINE QUESTION; or read it with the ragkit that stored it"
_VALUES = ("question", "pipeline", "inputs", "result", "conditions", "usage")


class Documents:
    """Makes the documents of the traces that are stored together; what their runs share is encoded once.

    Args:
        sink: Is given ``{sha: JSON}`` for each passage.
        content: False replaces every text by ``__REDACTED__``.
    """

    def __init__(self, sink: MutableMapping[str, bytes], *, content: bool = True) -> None:
        self._sink = sink
        self._content = content
        self._plain = ValueEncoder(strict=False)
        self._shared: dict[int, tuple[Any, Any]] = {}

    def document(self, trace: Trace) -> dict[str, Any]:
        """A trace, finished or only begun, as JSON, without its declared graph."""
        encoder = Encoder(self._sink, strict=False) if self._content else RedactingEncoder(self._sink, _labels(trace))
        plain = self._plain.value
        root: dict[str, Any] = {
            "id": trace.id,
            "question": encoder.value(trace.question),
            "started": trace.started,
            "ended": trace.ended,
            "inputs": encoder.value(trace.inputs),
            "spans": [self._span(span, encoder) for span in trace.spans],
            "pipeline": self._once(trace.pipeline),
            "conditions": self._once(trace.conditions),
            "usage": plain(trace.usage),
        }
        root["result"], root["said"] = self._result(trace, encoder)
        if isinstance(encoder, RedactingEncoder):
            _redact(root, encoder.hidden)
        return encoder.document(root)

    def _span(self, span: Span, encoder: Encoder) -> dict[str, Any]:
        plain = self._plain.value
        requests = {"requests": plain(list(span.requests))} if span.requests else {}
        return {
            "index": span.index, "parent": span.parent, "step": span.step, "use": span.use, "kind": span.kind,
            "frame": span.frame, "started": span.started, "ended": span.ended, "status": span.status,
            "batch": span.batch,
            "inputs": {port: encoder.value(value) for port, value in span.inputs.items()},
            "outputs": {port: encoder.value(value) for port, value in span.outputs.items()},
            "decision": encoder.value(span.decision),
            "usage": encoder.value(span.usage),
            "params": self._once(span.params),
            "warnings": plain(list(span.warnings)),
            "error": plain(span.error),
            "reason": plain(span.reason),
            **requests,
        }  # fmt: skip

    def _once(self, value: Any) -> Any:
        """The JSON of an object that many runs hold."""
        found = self._shared.get(id(value))
        if found is None:
            found = self._shared[id(value)] = (value, self._plain.value(value))  # held, and so keeps its id
        return found[1]

    def _result(self, trace: Trace, encoder: Encoder) -> tuple[Any, list[str]]:
        """The result, in which passages that flowed through a step are numbers, and the names of what it leaves out."""
        result = trace.result
        if not result or not isinstance(result.get("passages"), list):
            return self._plain.value(result), []
        last = dict(zip(encoder.ids, count()))
        passages = []
        for passage in result["passages"]:
            number = last.get(passage.get("id"))
            met = number is not None and shown(encoder.passage(number)) == passage
            passages.append(number if met else self._plain.value(passage))
        said = [name for name, value in _said(trace).items() if result.get(name) == value]
        left = self._plain.value({**result, "passages": None, **dict.fromkeys(said)})
        return {**left, "passages": passages}, said


def _said(trace: Trace) -> dict[str, Any]:
    """What a result repeats of the rest of its trace."""
    return {"conditions": dict(trace.conditions), "decisions": decisions(trace.spans)}


def to_document(trace: Trace, sink: MutableMapping[str, bytes], *, content: bool = True) -> dict[str, Any]:
    """One trace as JSON; the arguments are those of ``Documents``."""
    return Documents(sink, content=content).document(trace)


def _labels(trace: Trace) -> set[str]:
    return {str(span.decision.label) for span in trace.spans if span.decision and span.decision.label is not None}


def _redact(root: dict[str, Any], hidden: set[str]) -> None:
    result = root["result"] or {}
    hidden = hidden | {text for text in (result.get("question"), result.get("answer")) if isinstance(text, str)}
    root["result"] = redact_json(root["result"], hidden)
    root["conditions"] = scrub_json(root["conditions"], hidden)
    for span in root["spans"]:
        span["params"] = scrub_json(span["params"], hidden)
        span["warnings"] = [scrub(warning, hidden) for warning in span["warnings"]]
        span["error"] = redact_json(span["error"], hidden)
        span["reason"] = None if span["reason"] is None else scrub(span["reason"], hidden)
        if "requests" in span:
            span["requests"] = [redact_request(request) for request in span["requests"]]
        if span["decision"] is not None:
            span["decision"]["v"]["reason"] = scrub(span["decision"]["v"]["reason"], hidden)


def from_document(
    document: Mapping[str, Any], contents: Mapping[str, bytes], graph: Mapping[str, Any] | None = None
) -> Trace:
    """The trace that ``Documents`` wrote.

    Raises:
        TraceError: The document is damaged or of an earlier form, or the content of a passage is missing.
    """
    decoder = Decoder(document, contents)
    try:
        root = document["root"]
        if "spans" in root and "said" not in root:
            raise TraceError("the trace was stored by an earlier ragkit, in a form that is no longer read", hint=_AGAIN)
        read = {name: decoder.value(root[name]) for name in _VALUES}
        spans = [_span(data, decoder) for data in root["spans"]]
        trace = Trace(id=root["id"], started=root["started"], ended=root["ended"], spans=spans, graph=graph, **read)
        if read["result"]:
            _complete(read["result"], root["said"], trace, decoder)
        return trace
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise TraceError(f"a stored trace is damaged: {type(error).__name__}: {error}", hint=ASK_AGAIN) from error


def _complete(result: dict[str, Any], said: Sequence[str], trace: Trace, decoder: Decoder) -> None:
    """Puts back what a stored result leaves out."""
    known = _said(trace)
    result.update({name: known[name] for name in said})
    if result.get("passages"):
        result["passages"] = [shown(decoder.passage(p)) if isinstance(p, int) else p for p in result["passages"]]


def _span(data: Mapping[str, Any], decoder: Decoder) -> Span:
    span = Span(*(data[name] for name in ("index", "parent", "step", "use", "kind", "frame", "started")))
    span.ended, span.status, span.batch = data["ended"], data["status"], data["batch"]
    span.inputs = decoder.value(data["inputs"])
    span.outputs = decoder.value(data["outputs"])
    span.params = decoder.value(data["params"])
    span.decision = decoder.value(data["decision"])
    span.warnings = tuple(decoder.value(data["warnings"]))
    span.usage = decoder.value(data["usage"])
    span.reason = decoder.value(data["reason"])
    span.error = decoder.value(data["error"])
    span.requests = tuple(decoder.value(data.get("requests", [])))
    return span


def is_redacted(trace: Trace) -> bool:
    """True when the trace was stored with its content switched off."""
    return trace.question == REDACTED
