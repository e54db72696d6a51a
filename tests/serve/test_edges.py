"""Where a limit ends, what a name or a token must be exactly, and what is left when the server stops."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from ragkit.engine import Pipeline
from ragkit.project import Project
from ragkit.serve import chat, events
from ragkit.serve.admission import Admission
from ragkit.serve.app import create_app
from ragkit.serve.guard import MAX_BODY
from ragkit.serve.shelf import Shelf, fill
from ragkit.trace.model import Span

from .conftest import Script, running

Serving = Callable[..., httpx.Client]
CHAT = "/v1/chat/completions"


def asking(*contents: str, **more: object) -> dict:
    return {"model": "asks", "messages": [{"role": "user", "content": content} for content in contents], **more}


def test_only_the_scheme_bearer_carries_the_token(serving: Serving) -> None:
    client = serving(token="s3cret")
    told = {kind: client.get("/v1/models", headers={"Authorization": f"{kind} s3cret"}) for kind in ("Basic", "bearer")}
    assert {kind: reply.status_code for kind, reply in told.items()} == {"Basic": 401, "bearer": 200}


@pytest.mark.parametrize(("surplus", "status"), [(0, 200), (1, 413)])
def test_a_body_of_the_most_bytes_is_read_and_one_more_is_not(serving: Serving, surplus: int, status: int) -> None:
    body = json.dumps({"question": "Why?"}).encode().ljust(MAX_BODY + surplus)
    headers = {"content-type": "application/json"}
    assert serving().post("/v1/pipelines/asks/run", content=body, headers=headers).status_code == status


def test_a_stream_of_the_chat_api_ends_as_its_clients_expect(serving: Serving) -> None:
    text = serving().post(CHAT, json=asking("Why?", stream=True)).text
    assert text.endswith("data: [DONE]\n\n")
    last = json.loads(text.split("\n\n")[-3].removeprefix("data: "))
    assert last["choices"][0]["finish_reason"] == "stop", "no usage was asked for"


def test_a_key_of_the_chat_api_without_a_value_is_no_warning(serving: Serving) -> None:
    made = serving().post(CHAT, json=asking("Why?", temperature=None, top_p=0.5)).json()
    assert [text.split()[0] for text in made["ragkit"]["warnings"]] == ["'top_p'"]


def test_a_blank_question_is_refused_and_is_no_turn_of_its_own(serving: Serving) -> None:
    reply = serving().post(CHAT, json=asking("Why?", "  \n"))
    assert reply.status_code == 400
    assert "the last message is the question" in reply.json()["error"]["message"]


def test_without_its_index_a_pipeline_is_not_ready_and_the_others_are(project: Project, script: Script) -> None:
    (project.root / "corpora" / "notes.yaml").write_text(
        "name: notes\nsource: {kind: jsonl, path: notes.jsonl}\nchunks: {kind: documents}\n"
    )
    (project.root / "corpora" / "notes.jsonl").write_text('{"id": "1", "title": "t", "text": "On cats."}\n')
    (project.pipelines / "finds.yaml").write_text(
        "version: 1\nname: finds\nsteps: {found: {use: retrieve.bm25, corpus: notes, k: 3}}\noutput: found\n"
    )
    shelf = Shelf(project, build=False)
    fill(shelf, [], project.pipelines)
    with running(create_app(shelf)) as url, httpx.Client(base_url=url, timeout=30) as client:
        for _ in range(2):
            reply = client.post("/v1/pipelines/finds/run", json={"question": "Cats?"})
            assert reply.status_code == 503
            assert reply.json()["error"]["code"] == "index-missing"
            assert reply.json()["error"]["hint"] == "ragkit index notes"
        assert client.get("/health").json()["running"] == 0
        assert client.post("/v1/pipelines/asks/run", json={"question": "Why?"}).status_code == 200


def test_a_step_that_ended_says_its_seconds() -> None:
    span = Span(0, None, "found", "retrieve.dense", "RETRIEVER", "", 2_000_000_000)
    span.ended = 3_250_000_000
    assert events.step(span)["seconds"] == 1.25


def test_usage_that_a_server_says_in_part_is_unknown() -> None:
    result: Any = SimpleNamespace(usage={"prompt_tokens": 5, "completion_tokens": None})
    assert chat.usage(result) is None


def test_what_waits_is_given_up_when_the_queue_closes_and_what_runs_ends() -> None:
    free, begun = threading.Event(), threading.Event()

    def work() -> str:
        begun.set()
        assert free.wait(30)
        return "done"

    async def closed() -> list[object]:
        admission = Admission(1, 2)
        running = admission.start(work)
        waiting = [admission.start(lambda: "never") for _ in range(2)]
        assert await asyncio.to_thread(begun.wait, 30)
        closing = asyncio.create_task(asyncio.to_thread(admission.close))
        await asyncio.wait(waiting, timeout=30)
        free.set()
        await closing
        return [await running, *(one.cancelled() for one in waiting)]

    assert asyncio.run(closed()) == ["done", True, True]


def test_no_thread_is_left_when_the_server_has_stopped(project: Project, script: Script) -> None:
    shelf = Shelf(project)
    fill(shelf, [], project.pipelines)
    with running(create_app(shelf)) as url:
        assert httpx.post(f"{url}/v1/pipelines/asks/run", json={"question": "Why?"}).status_code == 200
        pipeline = shelf.open(shelf.get("asks"))
        assert shelf.open(shelf.get("asks")) is pipeline
        assert any(thread.name.startswith("ragkit-serve") for thread in threading.enumerate())
    assert not any(thread.name.startswith("ragkit-serve") for thread in threading.enumerate())


def test_a_pipeline_is_warm_when_it_is_first_opened_and_closed_with_the_shelf(
    project: Project, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    for name in ("warm_up", "close"):
        real = getattr(Pipeline, name)
        monkeypatch.setattr(Pipeline, name, lambda self, name=name, real=real: (calls.append(name), real(self)))
    shelf = Shelf(project)
    fill(shelf, [], project.pipelines)
    shelf.open(shelf.get("asks"))
    assert calls == ["warm_up"]
    shelf.close()
    shelf.close()
    assert calls == ["warm_up", "close"]
