"""An OpenAI-compatible chat server for tests: over real HTTP on loopback, answers from a script, faults on demand."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ragkit.testing.script import Answer, Asked, Fault, Rule, Said, Script, pieces

_STATUS = {"rate_limit": 429, "server": 500, "auth": 401, "bad_request": 400}
_CODES = {401: "invalid_api_key", 429: "rate_limit_exceeded", 500: "server_error", 400: "bad_request"}


class ChatServer:
    """``POST /v1/chat/completions`` with streaming, ``n``, log-probabilities and usage; ``GET /v1/models``.

    Args:
        answers: As for ``ScriptedLM``. Each of ``n`` choices takes an answer of its own.
        before_piece: Is called on the request's thread before each piece of a stream, with its number from 0. It may
            wait; what it raises breaks the stream off there.

    Example::

        from ragkit.testing import ChatServer

        with ChatServer([{"answer": "Paris."}]) as server:
            lm = dspy.LM("openai/any", api_base=server.api_base, api_key="none", cache=False)
    """

    def __init__(self, answers: Iterable[Answer] | Rule, *, before_piece: Callable[[int], None] | None = None) -> None:
        self.script = Script(answers)
        self.before_piece = before_piece or _at_once
        self.most_at_once = 0
        self.seen: list[Mapping[str, Any]] = []
        self._running = 0
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def api_base(self) -> str:
        """What ``api_base`` is set to: ``http://127.0.0.1:PORT/v1``."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    @property
    def requests(self) -> list[Asked]:
        """What was asked, one for each choice, in the order in which they came; ``seen`` are the bare requests."""
        return self.script.requests

    def __enter__(self) -> ChatServer:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def hold(self, longest: float = 60.0) -> None:
        """Waits until the server closes: what a request that hangs does."""
        self._closing.wait(longest)

    @contextlib.contextmanager
    def counted(self) -> Any:
        """Counts a request among those that are under way."""
        with self._lock:
            self._running += 1
            self.most_at_once = max(self.most_at_once, self._running)
        try:
            yield
        finally:
            with self._lock:
                self._running -= 1


def _at_once(piece: int) -> None:
    """Waits for nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], owner: ChatServer) -> None:
        super().__init__(address, _Handler)
        self.owner = owner

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has gone is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        self._json(200, {"object": "list", "data": [{"id": "scripted", "object": "model"}]})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"{}")
        owner = self.server.owner
        owner.seen.append({"path": self.path, "headers": dict(self.headers.items()), "body": body})
        if self.path.rstrip("/") != "/v1/chat/completions":
            self._json(404, {"error": {"message": f"there is no {self.path}", "code": "not_found"}})
            return
        asked = Asked(
            [{"role": m["role"], "content": _text(m["content"])} for m in body["messages"]],
            {name: value for name, value in body.items() if name not in ("messages", "model")},
        )
        with owner.counted():
            answers = [owner.script.next(asked) for _ in range(body.get("n") or 1)]
            fault = next((answer for answer in answers if isinstance(answer, Fault)), None)
            said = [answer for answer in answers if isinstance(answer, Said)]
            if fault is not None:
                self._fail(fault, body)
            elif body.get("stream"):
                self._stream(said[0], asked, body)
            else:
                self._json(200, _completion(said, asked, body))

    def _fail(self, fault: Fault, body: Mapping[str, Any]) -> None:
        if fault.kind in _STATUS:
            status = _STATUS[fault.kind]
            headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
            self._json(
                status, {"error": {"message": fault.message, "type": fault.kind, "code": _CODES[status]}}, headers
            )
            return
        self.close_connection = True
        if fault.kind == "garbage":
            self._send(200, b"<html><body>It works!</body></html>", "text/html")
        elif fault.kind == "empty":
            self._json(200, {"id": "x", "object": "chat.completion", "model": body.get("model"), "choices": []})
        elif fault.kind == "timeout":
            self.server.owner.hold()
        elif fault.kind == "half":
            if body.get("stream"):
                self._start_stream()
                self._event(_chunk({"role": "assistant", "content": "[[ ## answer ## ]]\nHalf of"}, body))
            else:
                whole = json.dumps(
                    _completion([Said(fault.message * 20)], Asked([{"role": "user", "content": ""}]), body)
                ).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(whole)))
                self.end_headers()
                self.wfile.write(whole[: len(whole) // 2])
                self.wfile.flush()

    def _stream(self, said: Said, asked: Asked, body: Mapping[str, Any]) -> None:
        self._start_stream()
        self._event(_chunk({"role": "assistant", "content": ""}, body))
        tokens = said.tokens(asked) if body.get("logprobs") else None
        if tokens is not None:
            chunks = [_chunk({"content": token[0]}, body, logprobs=_logprobs([token], body)) for token in tokens]
        else:
            chunks = [_chunk({"content": piece}, body) for piece in pieces(said.written(asked))]
        for number, chunk in enumerate(chunks):
            self.server.owner.before_piece(number)
            self._event(chunk)
        self._event(_chunk({}, body, finish=said.finish_reason))
        if (body.get("stream_options") or {}).get("include_usage"):
            self._event({**_chunk({}, body), "choices": [], "usage": _usage([said], asked)})
        self._raw(b"data: [DONE]\n\n")
        self._raw(b"")

    def _start_stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _event(self, data: Mapping[str, Any]) -> None:
        self._raw(f"data: {json.dumps(data)}\n\n".encode())

    def _raw(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _json(self, status: int, data: Any, headers: Mapping[str, str] | None = None) -> None:
        self._send(status, json.dumps(data).encode(), "application/json", headers)

    def _send(self, status: int, body: bytes, kind: str, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content or ())


def _completion(said: Sequence[Said], asked: Asked, body: Mapping[str, Any]) -> dict[str, Any]:
    choices = []
    for index, one in enumerate(said):
        choice: dict[str, Any] = {
            "index": index,
            "message": {"role": "assistant", "content": one.written(asked)},
            "finish_reason": one.finish_reason,
        }
        tokens = one.tokens(asked) if body.get("logprobs") else None
        if tokens is not None:
            choice["logprobs"] = _logprobs(tokens, body)
        choices.append(choice)
    found = {"id": "chatcmpl-scripted", "object": "chat.completion", "created": 0, "model": body.get("model"),
             "choices": choices}  # fmt: skip
    usage = _usage(said, asked)
    return found if usage is None else {**found, "usage": usage}


def _usage(said: Sequence[Said], asked: Asked) -> dict[str, Any] | None:
    counts = [one.counted(asked) for one in said]
    if any(count is None for count in counts):
        return None
    prompt = counts[0][0] if counts and counts[0] is not None else 0
    completion = sum(count[1] for count in counts if count is not None)
    usage: dict[str, Any] = {
        "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion,
    }  # fmt: skip
    if said[0].cost is not None:
        usage["cost"] = said[0].cost
    if said[0].cached_tokens is not None:
        usage["prompt_tokens_details"] = {"cached_tokens": said[0].cached_tokens}
    return usage


def _logprobs(tokens: Iterable[tuple[str, float, Mapping[str, float]]], body: Mapping[str, Any]) -> dict[str, Any]:
    most = body.get("top_logprobs") or 0
    return {
        "content": [
            {
                "token": token,
                "logprob": logprob,
                "bytes": list(token.encode()),
                "top_logprobs": [
                    {"token": other, "logprob": value, "bytes": list(other.encode())}
                    for other, value in list(top.items())[:most]
                ],
            }
            for token, logprob, top in tokens
        ]
    }


def _chunk(
    delta: Mapping[str, Any], body: Mapping[str, Any], *, finish: str | None = None, logprobs: Any = None
) -> dict[str, Any]:
    choice: dict[str, Any] = {"index": 0, "delta": dict(delta), "finish_reason": finish}
    if logprobs is not None:
        choice["logprobs"] = logprobs
    return {"id": "chatcmpl-scripted", "object": "chat.completion.chunk", "created": 0, "model": body.get("model"),
            "choices": [choice]}  # fmt: skip
