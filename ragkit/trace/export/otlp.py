"""OpenTelemetry: a trace as spans, in OTLP's JSON for files and over OTLP/HTTP to a collector or a viewer.

Ids are derived: the trace id is the run's own, a span's id is made from it and the step's number. Exporting a run twice
gives the same spans. The package ``opentelemetry-sdk`` encodes and sends; it comes with the extra ``otel``.
"""

from __future__ import annotations

import base64
import json
import logging
import socket
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ragkit.errors import MissingExtra, TraceError, UsageError
from ragkit.trace.export.masking import Hide, masked
from ragkit.trace.export.openinference import run_attributes, step_attributes
from ragkit.trace.model import Span, Trace
from ragkit.trace.stored import Feedback

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

_SCOPE = "ragkit"
_PATH = "/v1/traces"


def spans(trace: Trace, feedback: Sequence[Feedback] = (), hide: Hide | None = None) -> list[ReadableSpan]:
    """The run and its steps as spans, the run's first.

    Args:
        trace: A run; one that never ended is given the end of its last step.
        feedback: What people said about it.
        hide: What to leave out; by default what the environment says (``OPENINFERENCE_HIDE_INPUTS`` and ``_OUTPUTS``).

    Raises:
        MissingExtra: ``opentelemetry-sdk`` is not installed.
        UsageError: A switch of the environment has a value that is none.
    """
    try:
        from opentelemetry.sdk.resources import Resource
    except ModuleNotFoundError as error:
        raise MissingExtra("opentelemetry-sdk", "the export of spans", "otel") from error
    hide = Hide.from_environment() if hide is None else hide
    shown = masked(trace, hide)
    resource = Resource({"service.name": _SCOPE, "openinference.project.name": str(trace.pipeline.get("name", ""))})
    return _Maker(shown, resource, hide).make(feedback)


def to_line(trace: Trace, feedback: Sequence[Feedback] = (), hide: Hide | None = None) -> str:
    """The run as one ``ExportTraceServiceRequest`` in OTLP's JSON: a line of a file that collectors read.

    Raises:
        MissingExtra: The extra ``otel`` is not installed.
    """
    made = spans(trace, feedback, hide)
    from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]
    from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans

    data = MessageToDict(encode_spans(made), use_integers_for_enums=True)
    for group in data["resourceSpans"]:
        for scope in group["scopeSpans"]:
            for span in scope["spans"]:
                for name in {"traceId", "spanId", "parentSpanId"} & span.keys():
                    span[name] = base64.b64decode(span[name]).hex()  # OTLP's JSON has ids in hex, protobuf's in base64
    return json.dumps(data, ensure_ascii=False)


def send(
    traces: Iterable[tuple[Trace, Sequence[Feedback]]],
    endpoint: str,
    *,
    headers: Mapping[str, str] | None = None,
    timeout: float = 10.0,
    hide: Hide | None = None,
) -> int:
    """Sends runs to an OTLP/HTTP endpoint and returns how many were taken.

    Args:
        traces: Runs with what was said about them.
        endpoint: The address; without a path ``/v1/traces`` is added (``http://localhost:6006``).
        headers: Headers to send with them, such as an API key.
        timeout: Seconds that one run may take, retries included.
        hide: What to leave out; by default what the environment says.

    Raises:
        UsageError: The endpoint is no http(s) address.
        MissingExtra: The extra ``otel`` is not installed.
        TraceError: The endpoint did not take a run; the message says why, and how many it took before.
    """
    address = _address(endpoint)
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import SpanExportResult
    except ModuleNotFoundError as error:
        raise MissingExtra("opentelemetry-exporter-otlp-proto-http", "the export to an endpoint", "otel") from error
    exporter = OTLPSpanExporter(endpoint=address, headers=dict(headers or {}), timeout=timeout)
    heard = _Heard()
    logger = logging.getLogger("opentelemetry.exporter.otlp")
    logger.addHandler(heard)
    propagated, logger.propagate = logger.propagate, False
    taken = 0
    try:
        for trace, feedback in traces:
            if exporter.export(spans(trace, feedback, hide)) is not SpanExportResult.SUCCESS:
                raise TraceError(
                    f"the endpoint {address} did not take the trace {trace.id[:8]!r} ({taken} were sent before): "
                    f"{_unreachable(address) or heard.why()}",
                    hint="is a collector or viewer listening there for OTLP over HTTP?",
                )
            taken += 1
    finally:
        logger.propagate = propagated
        logger.removeHandler(heard)
        exporter.shutdown()  # type: ignore[no-untyped-call]
    return taken


class _Heard(logging.Handler):
    """Keeps the exporter's complaints, which it only logs: the first has the cause, the last the end."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: dict[str, None] = {}

    def emit(self, record: logging.LogRecord) -> None:
        self.said[record.getMessage()] = None

    def why(self) -> str:
        """The complaints in short."""
        said = list(self.said)
        return "; ".join([*said[:1], *said[1:][-1:]]) or "it gave no reason"


class _Maker:
    def __init__(self, trace: Trace, resource: Any, hide: Hide) -> None:
        from opentelemetry.sdk.util.instrumentation import InstrumentationScope
        from opentelemetry.trace import SpanContext, TraceFlags

        self.trace = trace
        self.hide = hide
        self.common = {"resource": resource, "instrumentation_scope": InstrumentationScope(_SCOPE)}
        number = int(trace.id, 16)
        flags = TraceFlags(TraceFlags.SAMPLED)
        self.root = SpanContext(number, span_id(trace.id, None), False, flags)
        self.contexts = {s.index: SpanContext(number, span_id(trace.id, s.index), False, flags) for s in trace.spans}

    def make(self, feedback: Sequence[Feedback]) -> list[ReadableSpan]:
        from opentelemetry.sdk.trace import ReadableSpan

        trace = self.trace
        ended = trace.ended if trace.ended is not None else max((s.ended for s in trace.spans), default=trace.started)
        error = (trace.result or {}).get("error")
        run = ReadableSpan(
            name=str(trace.pipeline.get("name") or "run"), context=self.root, start_time=trace.started, end_time=ended,
            attributes=run_attributes(trace, feedback, self.hide), **self._outcome(error, error is not None, ended),
            **self.common,
        )  # fmt: skip
        return [run, *(self._step(span) for span in trace.spans)]

    def _step(self, span: Span) -> ReadableSpan:
        from opentelemetry.sdk.trace import ReadableSpan

        parent = self.root if span.parent is None else self.contexts.get(span.parent, self.root)
        return ReadableSpan(
            name=span.step, context=self.contexts[span.index], parent=parent, start_time=span.started,
            end_time=max(span.ended, span.started), attributes=step_attributes(span, self.trace, self.hide),
            **self._outcome(span.error, span.status == "failed", span.ended), **self.common,
        )  # fmt: skip

    @staticmethod
    def _outcome(error: Mapping[str, Any] | None, failed: bool, at: int) -> dict[str, Any]:
        """The status, and the error as the event that viewers show as an exception."""
        from opentelemetry.sdk.trace import Event
        from opentelemetry.trace import Status, StatusCode

        if not failed:
            return {"status": Status(StatusCode.OK)}
        message = str((error or {}).get("message") or "failed")
        told = {"exception.type": str((error or {}).get("code") or "error"), "exception.message": message}
        return {"status": Status(StatusCode.ERROR, message), "events": [Event("exception", told, at)]}


def span_id(trace_id: str, index: int | None) -> int:
    """64 bits that belong to this step of this run; never 0, which would be no id."""
    digest = sha256(f"{trace_id}:{'run' if index is None else index}".encode()).digest()
    return int.from_bytes(digest[:8], "big") or 1


def _unreachable(address: str) -> str | None:
    """Why nobody answers at an address; the exporter only says that it gave up."""
    parts = urlsplit(address)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with socket.create_connection((parts.hostname or "", port), timeout=2.0):
            return None
    except OSError as error:
        return str(error)


def _address(endpoint: str) -> str:
    parts = urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise UsageError(f"{endpoint!r} is no address for OTLP over HTTP; one looks like 'http://localhost:4318'")
    return endpoint if parts.path.strip("/") else endpoint.rstrip("/") + _PATH
