"""The server's endpoints.

==========================================  ====================================================================
``POST /v1/pipelines/{name}/run``           a question → the result document of ``ragkit run --json``; with
                                            ``"stream": true`` server-sent events ``step``, ``token``, ``result``
``POST /v1/chat/completions``               OpenAI's API: a pipeline is a model; more stands under ``ragkit``
``GET /v1/models``, ``/v1/models/{name}``   the pipelines
``GET /health``                             whether it lives, and how busy it is; needs no token
==========================================  ====================================================================
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.exceptions import HTTPException

from ragkit.errors import IndexMissing, RagkitError, UsageError
from ragkit.serve import chat, events
from ragkit.serve.admission import Admission, Full
from ragkit.serve.bodies import ChatBody, RunBody
from ragkit.serve.guard import Guard, problem
from ragkit.serve.shelf import Served, Shelf
from ragkit.trace.model import Span, new_trace_id
from ragkit.types import Turn

if TYPE_CHECKING:
    from ragkit.engine.result import RunResult

AGAIN = 2
"""Seconds after which one who was told that the server is full may ask again."""
ENDPOINTS = (
    "POST /v1/pipelines/NAME/run", "POST /v1/chat/completions", "GET /v1/models", "GET /v1/models/NAME", "GET /health",
)  # fmt: skip
_EVENTS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def create_app(
    shelf: Shelf,
    *,
    workers: int = 4,
    waiting: int = 32,
    token: str | None = None,
    hosts: frozenset[str] | None = None,
) -> FastAPI:
    """The application.

    Args:
        shelf: The pipelines.
        workers: How many questions run at once.
        waiting: How many more may wait; the next one is answered 429.
        token: The bearer token that every request but ``/health`` needs; None for none.
        hosts: The names under which the server may be called; None allows all.
    """
    admission = Admission(workers, waiting)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        admission.close()
        shelf.close()

    # The pages that FastAPI makes of its schema load scripts from elsewhere.
    app = FastAPI(title="ragkit", version=version("ragkit"), lifespan=lifespan, docs_url=None, redoc_url=None)
    app.add_middleware(Guard, token=token, hosts=hosts)
    _complain(app)

    def running(
        served: Served, question: str, history: Sequence[Turn], inputs: Mapping[str, Any]
    ) -> Callable[[Callable[[Span], None] | None, Callable[[str], None] | None], RunResult]:
        return lambda on_event, on_text: shelf.open(served).run(
            question, history=history, inputs=inputs, on_event=on_event, on_text=on_text
        )

    @app.get("/health")
    @app.head("/health", include_in_schema=False)
    async def health() -> dict[str, Any]:
        return {
            "status": "ok", "version": version("ragkit"), "running": admission.running, "waiting": admission.queued,
            "workers": workers, "queue": waiting,
        }  # fmt: skip

    @app.get("/v1/models")
    async def models() -> dict[str, Any]:
        return {"object": "list", "data": [_model(served) for served in shelf.all]}

    @app.get("/v1/models/{name:path}")
    async def model(name: str) -> dict[str, Any]:
        return _model(_named(shelf, name))

    @app.post("/v1/pipelines/{name:path}/run")
    async def run(name: str, body: RunBody) -> Response:
        work = running(_named(shelf, name), body.question, [turn.turn() for turn in body.history], body.inputs)
        if body.stream:
            stream = events.Stream(admission, work)
            return StreamingResponse(_told(stream), media_type="text/event-stream", headers=_EVENTS)
        result = await admission.start(lambda: work(None, None))
        return JSONResponse(result.document, 200 if result.error is None else 500)

    @app.post("/v1/chat/completions")
    async def completions(body: ChatBody) -> Response:
        question, history, warnings = chat.asked(body)
        work = running(_named(shelf, body.model), question, history, body.ragkit.inputs)
        created = int(time.time())
        if body.stream:
            usage = body.stream_options is not None and body.stream_options.include_usage
            chunks = chat.Chunks(f"chatcmpl-{new_trace_id()}", body.model, created)
            pieces = _chunked(events.Stream(admission, work), chunks, warnings, usage)
            return StreamingResponse(pieces, media_type="text/event-stream", headers=_EVENTS)
        result = await admission.start(lambda: work(None, None))
        if result.error is not None:
            return JSONResponse(_failed(result), 500)
        return JSONResponse(chat.completion(result, body.model, created, warnings))

    return app


async def _told(stream: events.Stream) -> AsyncIterator[bytes]:
    async for found in stream:
        if found is None:
            yield events.SILENCE
        elif isinstance(found, str):
            yield events.event("token", {"text": found})
        else:
            yield events.event("step", events.step(found))
    try:
        result = await stream.result()
    except RagkitError as error:
        yield events.event("error", problem(error.code, str(error), error.hint))
        return
    if not stream.streamed and result.answer is not None:
        yield events.event("token", {"text": result.answer.text})
    yield events.event("result", result.document)


async def _chunked(
    stream: events.Stream, chunks: chat.Chunks, warnings: Sequence[str], with_usage: bool
) -> AsyncIterator[bytes]:
    yield events.line(chunks.first())
    async for found in stream:
        if found is None:
            yield events.SILENCE
        elif isinstance(found, str):
            yield events.line(chunks.piece(found))
    try:
        result = await stream.result()
    except RagkitError as error:
        yield events.line(problem(error.code, str(error), error.hint))
        return
    if result.error is not None:
        yield events.line(_failed(result))
        return
    if not stream.streamed:
        yield events.line(chunks.piece(chat.said(result)))
    for last in chunks.last(result, warnings, with_usage):
        yield events.line(last)
    yield events.line("[DONE]")


def _named(shelf: Shelf, name: str) -> Served:
    try:
        return shelf.get(name)
    except KeyError as error:
        raise HTTPException(404, detail=str(error.args[0])) from error


def _model(served: Served) -> dict[str, Any]:
    return {
        "id": served.name, "object": "model", "created": served.changed, "owned_by": "ragkit",
        "ragkit": {"description": served.description},
    }  # fmt: skip


def _failed(result: RunResult) -> dict[str, Any]:
    assert result.error is not None
    error = result.error
    return problem(error.code, str(error), error.hint, step=error.step, trace_id=result.trace_id)


def _wrong(found: Mapping[str, Any]) -> str:
    """What is wrong with a request, with the key that it stands under."""
    if found["type"] == "json_invalid":
        return f"the body is not JSON: {found['ctx']['error']}, at character {found['loc'][-1]}"
    return f"{'.'.join(map(str, found['loc'][1:])) or 'body'}: {found['msg']}"


def _complain(app: FastAPI) -> None:
    """Every error in one shape."""

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        codes = {400: "invalid-request", 404: "not-found", 405: "method", 413: "too-large"}
        told, asked = str(error.detail), f"{request.method} {request.url.path}"
        if told in ("Not Found", "Method Not Allowed"):  # as the router says it
            told = f"there is no endpoint {asked}; there are {', '.join(ENDPOINTS)}"
        return JSONResponse(problem(codes.get(error.status_code, "http"), told), error.status_code, error.headers)

    @app.exception_handler(RequestValidationError)
    async def wrong(request: Request, error: RequestValidationError) -> Response:
        told = "; ".join(map(_wrong, error.errors()))
        if "json" not in request.headers.get("content-type", ""):
            told = "the body is read where the header 'content-type: application/json' says that it is JSON"
        return JSONResponse(problem("invalid-request", told), 422)

    @app.exception_handler(Full)
    async def full(_: Request, error: Full) -> Response:
        told = problem("busy", "as many questions run and wait as may; ask again in a moment")
        return JSONResponse(told, 429, {"Retry-After": str(AGAIN)})

    @app.exception_handler(RagkitError)
    async def failed(_: Request, error: RagkitError) -> Response:
        status = 400 if isinstance(error, UsageError) else 503 if isinstance(error, IndexMissing) else 500
        return JSONResponse(problem(error.code, str(error), error.hint), status)
