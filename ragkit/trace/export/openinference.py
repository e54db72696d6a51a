"""Attributes of spans under the names of OpenInference's semantic conventions, and ragkit's own beside them.

What the conventions name is written under their names: kinds, inputs and outputs, retrieved and reranked documents,
tokens and cost, the graph of steps. What they have no name for stands under ``ragkit.``: a step's component,
parameters, frame, status and reason, and every decision (``ragkit.decision.kind``, ``.reason``, ``.kept``, ``.of``,
``.label``, ``.score``, ``.threshold``, ``.details``).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ragkit.trace.export.masking import SHOW_ALL, Hide, is_hidden
from ragkit.trace.model import Span, Trace
from ragkit.trace.movement import movement
from ragkit.trace.plain import plain_value
from ragkit.trace.redact import REDACTED
from ragkit.trace.stored import Feedback
from ragkit.types import Answer, Parts, Passage, Passages, Usage

Attributes = dict[str, str | bool | int | float | Sequence[str]]
KINDS = frozenset(
    {"LLM", "EMBEDDING", "CHAIN", "RETRIEVER", "RERANKER", "TOOL", "AGENT", "GUARDRAIL", "EVALUATOR", "PROMPT"}
)
KIND = "openinference.span.kind"
ROOT_NODE = "question"
_TEXT, _JSON = "text/plain", "application/json"


def run_attributes(trace: Trace, feedback: Sequence[Feedback] = (), hide: Hide = SHOW_ALL) -> Attributes:
    """The attributes of the span of the whole run: a CHAIN from the question to the answer."""
    result = trace.result or {}
    name = _text(trace.pipeline.get("name"))
    found: Attributes = {KIND: "CHAIN", "graph.node.id": ROOT_NODE, "graph.node.name": name}
    _put(found, "input", trace.question, hide.inputs)
    if result.get("answer") is not None:
        _put(found, "output", result["answer"], hide.outputs)
    elif result.get("passages"):
        _put(found, "output", [passage["id"] for passage in result["passages"]], hide.outputs)
    told = {"pipeline": trace.pipeline, "conditions": trace.conditions, "usage": result.get("usage")}
    found["metadata"] = _json({name: value for name, value in told.items() if value})
    for number, said in enumerate(feedback):
        prefix = f"trace.annotations.{number}.annotation"
        explanation = None if said.comment is None or not hide.outputs else REDACTED
        values = {"name": said.name, "label": said.label, "score": said.score, "annotator_kind": "HUMAN"}
        values["explanation"] = explanation or said.comment
        found |= {f"{prefix}.{name}": value for name, value in values.items() if value is not None}
    if result.get("abstained") is not None:
        found["ragkit.abstained"] = bool(result["abstained"])
    if result.get("stopped"):
        found["ragkit.stopped"] = _text(result["stopped"])
    return found


def step_attributes(span: Span, trace: Trace, hide: Hide = SHOW_ALL) -> Attributes:
    """The attributes of the span of one step."""
    kind = span.kind if span.kind in KINDS else "CHAIN"
    found: Attributes = {
        KIND: kind,
        "graph.node.id": span.step,
        "graph.node.name": span.step.rpartition(".")[2],
        "graph.node.parent_id": graph_parent(span, trace),
        "ragkit.step.use": span.use,
        "ragkit.step.status": span.status,
        "ragkit.step.params": _json(span.params),
        "ragkit.step.batch": span.batch,
    }
    if span.frame:
        found["ragkit.step.frame"] = span.frame
    if span.reason is not None:
        found["ragkit.step.reason"] = _text(span.reason)
    if span.warnings:
        found["ragkit.step.warnings"] = [_text(warning) for warning in span.warnings]
    _inputs_and_outputs(found, span, trace, kind, hide)
    found |= dict(_decision(span)) | dict(_usage(span.usage))
    model = span.params.get("model")
    if kind == "RERANKER":
        found |= dict(_reranker(span, trace, model, hide))
    elif model is not None and kind in ("LLM", "EMBEDDING"):
        found[f"{'llm' if kind == 'LLM' else 'embedding'}.model_name"] = _text(model)
    if kind == "LLM":
        found["llm.invocation_parameters"] = _json(span.params)
    if span.requests:
        found |= dict(_request(span.requests[-1], hide))
    return found


def _request(request: Mapping[str, Any], hide: Hide) -> Iterator[tuple[str, Any]]:
    """What an LM was asked last and what it replied; all requests of a step stand in its trace."""
    yield "llm.model_name", _text(request.get("answered_by") or request.get("model"))
    yield "llm.invocation_parameters", _json(request.get("settings", {}))
    for number, message in enumerate(request.get("messages", ())):
        start = f"llm.input_messages.{number}.message"
        yield f"{start}.role", _text(message["role"])
        yield f"{start}.content", REDACTED if hide.inputs else _text(message["content"])
    if request.get("reply") is not None:
        yield "llm.output_messages.0.message.role", "assistant"
        yield "llm.output_messages.0.message.content", REDACTED if hide.outputs else _text(request["reply"])


def graph_parent(span: Span, trace: Trace) -> str:
    """The step that this one follows in the drawn graph: the first it reads, else the flow step around it."""
    edges = _main_edges(trace)
    if span.step in edges:
        return edges[span.step]
    if span.parent is not None and span.parent < len(trace.spans):
        return trace.spans[span.parent].step
    return ROOT_NODE


def _main_edges(trace: Trace) -> dict[str, str]:
    found: dict[str, str] = {}
    waiting = [(trace.graph or {}).get("graph") or {}]
    while waiting:
        graph = waiting.pop()
        for edge in graph.get("edges", ()):
            if edge["kind"] == "data" and "@" not in edge["from"]:
                found.setdefault(edge["to"], edge["from"])
        waiting += [inner for node in graph.get("nodes", ()) for inner in node["graphs"]]
    return found


def _inputs_and_outputs(found: Attributes, span: Span, trace: Trace, kind: str, hide: Hide) -> None:
    if kind == "RETRIEVER":
        _put(found, "input", _query(span, trace), hide.inputs)
        moved = movement(span)
        if moved is not None:
            found |= dict(_documents("retrieval.documents", moved.given))
    elif span.inputs:
        _put(found, "input", _brief(span.inputs), hide.inputs)
    if span.outputs:
        _put(found, "output", _brief(span.outputs), hide.outputs)


def _reranker(span: Span, trace: Trace, model: Any, hide: Hide) -> Iterator[tuple[str, Any]]:
    yield "reranker.query", REDACTED if hide.inputs else _text(_query(span, trace))
    if model is not None:
        yield "reranker.model_name", _text(model)
    top_k = span.params.get("k", span.params.get("top_k"))
    moved = movement(span)
    if moved is not None:
        yield "reranker.top_k", top_k if isinstance(top_k, int) else len(moved.given)
        for each in moved.lists[:1]:
            yield from _documents("reranker.input_documents", each)
        yield from _documents("reranker.output_documents", moved.given)


def _documents(prefix: str, passages: Passages) -> Iterator[tuple[str, Any]]:
    """A list of passages; the score is the one that ordered it, all of them stand in the metadata."""
    for number, passage in enumerate(passages):
        start = f"{prefix}.{number}.document"
        yield f"{start}.id", _text(passage.id)
        yield f"{start}.content", _text(passage.text)
        score = passage.scores.get(passages.ranked_by) if passages.ranked_by else None
        if score is not None and math.isfinite(score):
            yield f"{start}.score", float(score)
        yield f"{start}.metadata", _json(_metadata(passage))


def _metadata(passage: Passage) -> dict[str, Any]:
    known = {"doc_id": passage.doc_id, "title": passage.title, "tokens": passage.tokens, "parts": list(passage.parts)}
    return {**passage.metadata, **{k: v for k, v in known.items() if v not in (None, [])}, "scores": passage.scores}


def _decision(span: Span) -> Iterator[tuple[str, Any]]:
    if span.decision is None:
        return
    for name in ("kind", "reason", "kept", "of", "label", "score", "threshold"):
        value = getattr(span.decision, name)
        if value is not None:
            yield f"ragkit.decision.{name}", _text(value) if isinstance(value, str) else _number(value)
    if span.decision.details:
        yield "ragkit.decision.details", _json(span.decision.details)


def _usage(usage: Usage | None) -> Iterator[tuple[str, Any]]:
    if usage is None:
        return
    if usage.retrieval_calls:
        yield "ragkit.usage.retrieval_calls", usage.retrieval_calls
    if not usage.lm_calls:
        return
    yield "ragkit.usage.lm_calls", usage.lm_calls
    counts = {"prompt": usage.prompt_tokens, "completion": usage.completion_tokens}
    counts["prompt_details.cache_read"] = usage.cached_tokens or None
    if usage.prompt_tokens is not None and usage.completion_tokens is not None:
        counts["total"] = usage.prompt_tokens + usage.completion_tokens
    yield from ((f"llm.token_count.{name}", count) for name, count in counts.items() if count is not None)
    if usage.cost is not None:
        yield "llm.cost.total", usage.cost


def _query(span: Span, trace: Trace) -> str:
    """What a step searched for: its query, else the question."""
    given = [span.inputs.get(name) for name in ("query", "question", "text")]
    return next((text for text in given if isinstance(text, str)), trace.question)


def _brief(values: Mapping[str, Any]) -> Any:
    """The values of ports: one text as it is, else an object in which passages stand by their ids and scores."""
    if len(values) == 1:
        only = next(iter(values.values()))
        if isinstance(only, Answer):
            return only.text
        if isinstance(only, str):
            return only
    return {name: _referred(value) for name, value in values.items()}


def _referred(value: Any) -> Any:
    if isinstance(value, Passage):
        return {"id": value.id, "scores": plain_value(value.scores)}
    if isinstance(value, (Passages, Parts, list, tuple)):
        return [_referred(item) for item in value]
    if isinstance(value, Answer):
        citations = [plain_value(citation) for citation in value.citations]
        return {"text": value.text, "abstained": value.abstained, "citations": citations}
    return plain_value(value)


def _put(found: Attributes, side: str, value: Any, hidden: bool) -> None:
    if hidden or is_hidden(value):
        found[f"{side}.value"] = REDACTED
    elif isinstance(value, str):
        found[f"{side}.value"], found[f"{side}.mime_type"] = _text(value), _TEXT
    else:
        found[f"{side}.value"], found[f"{side}.mime_type"] = _json(value), _JSON


def _json(value: Any) -> str:
    return json.dumps(plain_value(value), ensure_ascii=False)


def _text(value: Any) -> str:
    return str(plain_value(str(value)))


def _number(value: Any) -> float | str:
    plain = plain_value(value)
    return plain if isinstance(plain, (int, float)) else str(plain)
