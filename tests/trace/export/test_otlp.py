"""Spans in a file and over HTTP, read back by the protobuf of OpenTelemetry."""

from __future__ import annotations

import base64
import gzip
import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf.json_format import ParseDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from ragkit.errors import MissingExtra, TraceError, UsageError
from ragkit.trace.export import otlp
from ragkit.trace.export.masking import Hide
from ragkit.trace.export.otlp import send, span_id, spans, to_line
from ragkit.trace.model import Trace
from ragkit.trace.stored import Feedback

from ..samples import QUESTION, START, adaptive_run, long_run, nested_run


class Collector(http.server.ThreadingHTTPServer):
    """A small OTLP/HTTP collector: keeps what it is sent, answers with ``status``."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[tuple[str, dict[str, str], ExportTraceServiceRequest]] = []
        self.status = 200

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        request = ExportTraceServiceRequest.FromString(body)
        self.server.requests.append((self.path, dict(self.headers), request))
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/x-protobuf")
        self.end_headers()
        self.wfile.write(ExportTraceServiceResponse().SerializeToString())

    def log_message(self, format: str, *args: Any) -> None:
        """A quiet one."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    server = Collector()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def values(span: Any) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in span.attributes}


def check(request: ExportTraceServiceRequest, trace: Trace) -> list[Any]:
    (resource,) = request.resource_spans
    assert values(resource.resource) == {"service.name": "ragkit", "openinference.project.name": trace.pipeline["name"]}
    (scope,) = resource.scope_spans
    assert scope.scope.name == "ragkit"
    found = list(scope.spans)
    assert {span.trace_id.hex() for span in found} == {trace.id}
    assert len({span.span_id for span in found}) == len(found) == len(trace.spans) + 1
    assert found[0].parent_span_id == b""
    ids = {span.span_id: number for number, span in enumerate(found)}
    for span, recorded in zip(found[1:], trace.spans, strict=True):
        assert ids[span.parent_span_id] == (0 if recorded.parent is None else recorded.parent + 1)
        assert (span.name, span.start_time_unix_nano, span.end_time_unix_nano) == (
            recorded.step, recorded.started, recorded.ended,
        )  # fmt: skip
        assert (span.status.code == 2) == (recorded.status == "failed")
    return found


def test_spans_are_taken_by_a_collector(collector: Collector) -> None:
    runs = [adaptive_run(), nested_run()]
    assert send([(run, ()) for run in runs], collector.address, headers={"x-key": "secret"}) == 2
    assert [path for path, _, _ in collector.requests] == ["/v1/traces"] * 2
    for (_, headers, request), run in zip(collector.requests, runs, strict=True):
        assert {name.lower(): value for name, value in headers.items()}["x-key"] == "secret"
        found = check(request, run)
        assert values(found[0])["input.value"] == QUESTION
        assert values(found[1])["graph.node.id"] == run.spans[0].step
    failed = check(collector.requests[1][2], runs[1])[-1]
    assert failed.events[0].name == "exception"
    assert values(failed.events[0])["exception.message"] == "step 'answer' (generate.answer) failed: no LM"


def test_a_path_of_the_endpoint_is_kept(collector: Collector) -> None:
    send([(adaptive_run(), ())], f"{collector.address}/api/public/otel/v1/traces")
    assert collector.requests[0][0] == "/api/public/otel/v1/traces"


def test_a_line_of_a_file_is_otlp_json() -> None:
    trace = nested_run()
    line = to_line(trace, (Feedback(1, "helpful", "no"),))
    assert "\n" not in line
    data = json.loads(line)
    assert data["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["traceId"] == trace.id
    for span in data["resourceSpans"][0]["scopeSpans"][0]["spans"]:
        assert isinstance(span["kind"], int)
        for name in {"traceId", "spanId", "parentSpanId"} & span.keys():  # as protobuf's own JSON has them
            span[name] = base64.b64encode(bytes.fromhex(span[name])).decode()
    found = check(ParseDict(data, ExportTraceServiceRequest()), trace)
    assert values(found[0])["trace.annotations.0.annotation.label"] == "no"


def test_nothing_is_cut_however_many_passages_there_are() -> None:
    trace = long_run(steps=1, pool=200)
    attributes = spans(trace, hide=Hide())[1].attributes
    assert attributes is not None
    assert "reranker.output_documents.199.document.content" in attributes


def test_the_same_run_gives_the_same_spans() -> None:
    trace = nested_run()
    assert to_line(trace) == to_line(trace)
    assert span_id(trace.id, None) != span_id(trace.id, 0) != span_id(nested_run().id, 0)


def test_an_unfinished_run_can_be_exported() -> None:
    begun = Trace("ab" * 16, QUESTION, {"name": "p"}, START)
    (only,) = spans(begun)
    assert (only.start_time, only.end_time) == (START, START)


def test_the_environment_hides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENINFERENCE_HIDE_INPUTS", "true")
    monkeypatch.setenv("OPENINFERENCE_HIDE_OUTPUTS", "true")
    line = to_line(adaptive_run())
    assert QUESTION not in line
    assert "Passage 0 says" not in line
    assert "__REDACTED__" in line
    assert QUESTION in to_line(adaptive_run(), hide=Hide())  # what the code says goes before the environment


@pytest.mark.slow
def test_an_endpoint_that_is_not_there_is_an_error_with_its_cause() -> None:
    with pytest.raises(TraceError, match=r"127\.0\.0\.1:9/v1/traces did not take the trace .*0 were sent.*refused"):
        send([(adaptive_run(), ())], "http://127.0.0.1:9", timeout=0.5)


def test_an_endpoint_that_refuses_is_an_error(collector: Collector) -> None:
    collector.status = 401
    with pytest.raises(TraceError, match="401"):
        send([(adaptive_run(), ())], collector.address, timeout=2)
    assert len(collector.requests) == 1


@pytest.mark.parametrize("endpoint", ["localhost:4318", "grpc://x:1", "", "http://"])
def test_what_is_no_address_is_refused(endpoint: str) -> None:
    with pytest.raises(UsageError, match="is no address"):
        send([], endpoint)


def test_without_the_extra_the_line_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    for name in ("opentelemetry.sdk.resources", "opentelemetry.exporter.otlp.proto.http.trace_exporter"):
        monkeypatch.setitem(sys.modules, name, None)
    for call in (lambda: to_line(adaptive_run()), lambda: send([(adaptive_run(), ())], "http://x")):
        with pytest.raises(MissingExtra) as caught:
            call()
        assert caught.value.hint == "pip install 'ragkit[otel]'"
    assert otlp.__doc__
