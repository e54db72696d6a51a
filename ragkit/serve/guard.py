"""What stands before every endpoint: the token, the size of a body, and whom a local server answers."""

from __future__ import annotations

import hmac
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.exceptions import HTTPException

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

MAX_BODY = 1 << 20
"""The most bytes of a request's body."""
OPEN = ("/health",)
"""Paths that need no token."""


class Guard:
    """Refuses what must not get in, before it is read.

    A server that listens to its own machine only also answers only those who call it by a name of this machine: a page
    in a browser, whose host name was made to point here, is refused.

    Args:
        app: What is guarded.
        token: The bearer token; None lets everybody in.
        hosts: The names under which the server may be called; None allows all.
    """

    def __init__(self, app: App, token: str | None, hosts: frozenset[str] | None) -> None:
        self._app = app
        self._token = token
        self._hosts = hosts

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if self._hosts is not None and _host(headers.get("host", "")) not in self._hosts:
            await _refuse(send, 421, "host", "this server answers to names of its own machine only")
        elif self._token is not None and scope["path"] not in OPEN and not self._knows(headers.get("authorization")):
            await _refuse(send, 401, "token", "the request needs the header 'Authorization: Bearer TOKEN'")
        elif int(length) > MAX_BODY if (length := headers.get("content-length", "")).isdigit() else False:
            await _refuse(send, 413, "too-large", f"the body has {int(length):,} bytes; {MAX_BODY:,} are allowed")
        else:
            await self._app(scope, _bounded(receive), send)

    def _knows(self, given: str | None) -> bool:
        scheme, _, token = (given or "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), (self._token or "").encode())


def problem(code: str, message: str, hint: str | None = None, **more: Any) -> dict[str, Any]:
    """An error as every endpoint words it: the shape of OpenAI's API, which its clients know how to show."""
    return {"error": {"message": message, "type": "ragkit_error", "param": None, "code": code, "hint": hint, **more}}


def _bounded(receive: Receive) -> Receive:
    """Refuses a body of unknown length where it grows too long."""
    seen = 0

    async def read() -> Message:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > MAX_BODY:
                raise HTTPException(413, f"the body has more than the {MAX_BODY:,} bytes that are allowed")
        return message

    return read


def _host(header: str) -> str:
    """The name in a ``Host`` header, without port and brackets."""
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.rpartition(":")[0] if ":" in header else header


async def _refuse(send: Send, status: int, code: str, message: str) -> None:
    headers = [(b"content-type", b"application/json")]
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(problem(code, message)).encode()})
