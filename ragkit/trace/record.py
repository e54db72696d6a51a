"""A trace as one JSON document and back: what a row of the store holds, next to the contents of its passages."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any

from ragkit.errors import TraceError
from ragkit.trace.codec import Encoder
from ragkit.trace.decode import Decoder
from ragkit.trace.model import Span, Trace
from ragkit.trace.redact import REDACTED, RedactingEncoder, redact_json, scrub, scrub_json

_PLAIN = ("index", "parent", "step", "use", "kind", "frame", "started", "ended", "status", "batch")
_VALUES = ("question", "pipeline", "inputs", "result", "conditions", "usage")
_SHOWN = ("id", "doc_id", "title", "text")


def to_document(trace: Trace, sink: MutableMapping[str, bytes], *, content: bool = True) -> dict[str, Any]:
    """The trace as JSON, without its declared graph; ``sink`` collects the contents of its passages.

    Args:
        trace: A run, finished or only begun.
        sink: Is given ``{sha: JSON}`` for each passage.
        content: False replaces every text by ``__REDACTED__``.
    """
    labels = {str(span.decision.label) for span in trace.spans if span.decision and span.decision.label is not None}
    encoder = Encoder(sink, strict=False) if content else RedactingEncoder(sink, labels=labels)
    root: dict[str, Any] = {
        "id": trace.id,
        "question": encoder.value(trace.question),
        "started": trace.started,
        "ended": trace.ended,
        "inputs": encoder.value(trace.inputs),
        "spans": [_span_values(span, encoder) for span in trace.spans],
    }
    rest = Encoder(strict=False, nested=True)
    for data, span in zip(root["spans"], trace.spans, strict=True):
        data |= {
            "params": rest.value(span.params), "warnings": rest.value(list(span.warnings)),
            "error": rest.value(span.error), "reason": rest.value(span.reason),
        }  # fmt: skip
    root |= {name: rest.value(getattr(trace, name)) for name in ("pipeline", "conditions", "usage")}
    root["result"] = _result(trace.result, encoder, rest)
    if isinstance(encoder, RedactingEncoder):
        _redact(root, encoder.hidden)
    return encoder.document(root)


def _span_values(span: Span, encoder: Encoder) -> dict[str, Any]:
    data: dict[str, Any] = {name: getattr(span, name) for name in _PLAIN}
    data["inputs"] = {port: encoder.value(value) for port, value in span.inputs.items()}
    data["outputs"] = {port: encoder.value(value) for port, value in span.outputs.items()}
    data["decision"] = encoder.value(span.decision)
    data["usage"] = encoder.value(span.usage)
    return data


def _result(result: Mapping[str, Any] | None, encoder: Encoder, rest: Encoder) -> Any:
    """The result, in which passages that flowed through a step are numbers: their texts are in the sink already."""
    if not result or not isinstance(result.get("passages"), list):
        return rest.value(result)
    encoded = rest.value({**result, "passages": []})
    for passage in result["passages"]:
        number = encoder.content_number(
            passage.get("id"), passage.get("doc_id"), passage.get("title"), passage.get("text")
        )
        if number is None:
            encoded["passages"].append(rest.value(passage))
        else:
            more = {name: rest.value(value) for name, value in passage.items() if name not in _SHOWN}
            encoded["passages"].append({"content": number, "rest": more})
    return encoded


def _restore_passages(result: dict[str, Any] | None, decoder: Decoder) -> None:
    if not result or not result.get("passages"):
        return
    for index, passage in enumerate(result["passages"]):
        if "content" in passage:
            content = decoder.content(passage["content"])
            result["passages"][index] = {name: content[name] for name in _SHOWN} | passage["rest"]


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
        if span["decision"] is not None:
            span["decision"]["v"]["reason"] = scrub(span["decision"]["v"]["reason"], hidden)


def from_document(
    document: Mapping[str, Any], contents: Mapping[str, bytes], graph: Mapping[str, Any] | None = None
) -> Trace:
    """The trace that ``to_document`` wrote.

    Raises:
        TraceError: The document is damaged, or the content of a passage is missing.
    """
    decoder = Decoder(document, contents)
    try:
        root = document["root"]
        read = {name: decoder.value(root[name]) for name in _VALUES}
        _restore_passages(read["result"], decoder)
        spans = [_span(data, decoder) for data in root["spans"]]
        return Trace(id=root["id"], started=root["started"], ended=root["ended"], spans=spans, graph=graph, **read)
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise TraceError(f"a stored trace is damaged: {type(error).__name__}: {error}") from error


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
    return span


def is_redacted(trace: Trace) -> bool:
    """True when the trace was stored with its content switched off."""
    return trace.question == REDACTED
