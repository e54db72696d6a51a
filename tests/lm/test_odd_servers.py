"""Servers that answer otherwise than OpenAI's does: over HTTP, what a question becomes of it."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.engine.lm_parts import SIMPLE, pipeline, spans

GOOD = "[[ ## answer ## ]]\nBM25.\n\n[[ ## completed ## ]]"
USAGE = {"prompt_tokens": 50, "completion_tokens": 3, "total_tokens": 53}


def body(finish: str | None = "stop", usage: Any = USAGE, **message: Any) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": GOOD, **message}, "finish_reason": finish}
    return {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}


def stream(*texts: str, finish: str | None = "stop", done: bool = True) -> bytes:
    chunks = [{"delta": {"content": text}, "finish_reason": None} for text in texts]
    chunks += [{"delta": {}, "finish_reason": finish}] if finish else []
    head = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    events = [json.dumps({**head, "choices": [{"index": 0, **chunk}]}) for chunk in chunks]
    return "".join(f"data: {event}\n\n" for event in [*events, *(["[DONE]"] if done else [])]).encode()


class Odd:
    """A server that gives everybody the same bytes, one after the other; the last of them again and again."""

    def __init__(self, *replies: tuple[int, Any]) -> None:
        self.asked = 0
        odd = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *args: Any) -> None:
                """Says nothing."""

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                status, given = replies[min(odd.asked, len(replies) - 1)]
                odd.asked += 1
                data = given if isinstance(given, bytes) else json.dumps(given).encode()
                self.send_response(status)
                events = isinstance(given, bytes) and given.startswith(b"data:")
                self.send_header("Content-Type", "text/event-stream" if events else "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@contextlib.contextmanager
def run(*replies: tuple[int, Any], on_text: Any = None) -> Iterator[tuple[Any, Odd]]:
    odd = Odd(*replies)
    threading.Thread(target=odd.server.serve_forever, args=(0.02,), daemon=True).start()
    address = f"http://127.0.0.1:{odd.server.server_address[1]}/v1"
    settings = f"{{model: openai/any, api_base: '{address}', retries: 1, timeout: 10}}"
    try:
        with pipeline(SIMPLE.replace("lm: scripted/lm", f"lms: {{here: {settings}}}\nlm: here")) as loaded:
            yield loaded.run("Why?", on_text=on_text), odd
    finally:
        odd.server.shutdown()
        odd.server.server_close()


@pytest.mark.parametrize(
    ("reply", "usage"),
    [
        (body(usage=None), (None, None, None)),
        (body(usage={**USAGE, "prompt_tokens_details": None}), (50, 3, None)),
        (body(usage={**USAGE, "prompt_tokens_details": {"cached_tokens": 32}}), (50, 3, 32)),
        (body(usage={**USAGE, "prompt_cache_hit_tokens": 30}), (50, 3, 30)),
        (body(finish=None), (50, 3, None)),
        (body(finish="eos"), (50, 3, None)),
        (body(content=[{"type": "text", "text": GOOD}]), (50, 3, None)),
        (body(reasoning_content="[[ ## answer ## ]]\nHNSW?"), (50, 3, None)),
        (b"\xef\xbb\xbf" + json.dumps(body()).encode(), (50, 3, None)),
    ],
)
def test_it_is_read_and_what_it_does_not_say_is_unknown(reply: Any, usage: tuple[int | None, ...]) -> None:
    with run((200, reply)) as (result, odd):
        assert result.error is None
        assert result.answer.text == "BM25."
        assert tuple(result.usage[name] for name in ("prompt_tokens", "completion_tokens", "cached_tokens")) == usage
        assert odd.asked == 1


@pytest.mark.parametrize(
    ("status", "reply", "said", "hint"),
    [
        (200, {**body(), "choices": 3 * body()["choices"]}, "more replies than the one that was asked for", "proxy"),
        (200, body(usage={"prompt_tokens": "5"}), "sent what cannot be read: input_tokens", "proxy"),
        (200, [], "sent what cannot be read", "proxy"),
        (200, body(content=None, refusal="I cannot."), "refuses to answer: I cannot.", "another LM"),
        (200, body(content="", finish="content_filter"), "held back by the provider's filter", "another LM"),
        (200, body(content=None, finish="length", reasoning_content="hm"), "was cut off", "max_tokens"),
        (200, body(content="[[ ## answ", finish="length"), "most tokens it may have: '[[ ## answ'", "max_tokens"),
        (200, body(content=None), "gave an empty reply", "ask again"),
        (404, {"detail": "Not Found"}, "(404): the server gives no reason", "ends in /v1"),
        (422, {"detail": [{"loc": ["body"]}]}, "(422): the server gives no reason", "settings"),
    ],
)
def test_what_cannot_be_read_fails_the_question_with_its_cause_at_once(
    status: int, reply: Any, said: str, hint: str
) -> None:
    with run((status, reply)) as (result, odd):
        assert said in str(result.error)
        assert hint in result.error.hint
        assert odd.asked == 1


@pytest.mark.parametrize("first", [b"", json.dumps(body()).encode()])
def test_a_stream_without_a_word_is_asked_for_again_and_one_that_never_comes_is_told(first: bytes) -> None:
    pieces: list[str] = []
    with run((200, first), (200, stream(GOOD[:20], GOOD[20:])), on_text=pieces.append) as (
        result,
        odd,
    ):
        assert result.answer.text == "".join(pieces) == "BM25."
        assert odd.asked == 2
        assert [one["error"] for one in spans(result, "answer")[0].requests[0]["failures"]] == ["LMStreamAssemblyError"]
    with run((200, first), on_text=pieces.append) as (result, odd):
        assert "broke off in the middle of its reply, 2 times" in str(result.error)
        assert "--no-stream" in result.error.hint
        assert odd.asked == 2


def test_half_a_stream_that_was_shown_is_not_asked_for_again() -> None:
    pieces: list[str] = []
    with run((200, stream(GOOD[:24], finish=None, done=False)), on_text=pieces.append) as (result, odd):
        assert "broke off in the middle of its reply" in str(result.error)
        assert "".join(pieces) == GOOD[19:24]
        assert odd.asked == 1


def test_a_reply_that_was_cut_off_is_told_once(capfd: pytest.CaptureFixture[str]) -> None:
    with run((200, body(content="[[ ## answer ## ]]\nBM2", finish="length"))) as (result, _):
        assert "was cut off" in result.warnings[0]
    assert "truncated" not in capfd.readouterr().err
