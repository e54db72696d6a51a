"""ragkit's own endpoints, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from ragkit.serve.guard import MAX_BODY

from .conftest import Script, until

Serving = Callable[..., httpx.Client]


def events(text: str) -> list[tuple[str, dict]]:
    found = []
    for block in text.strip().split("\n\n"):
        name, data = block.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def test_a_question_gets_the_document_of_a_run(serving: Serving) -> None:
    client = serving()
    body = {"question": "Why?", "inputs": {"tone": "dry"}, "history": [{"role": "user", "text": "Before"}]}
    document = client.post("/v1/pipelines/asks/run", json=body).json()
    assert document["answer"] == "In a dry tone: you asked Why?"
    assert document["usage"]["lm_calls"] == 1
    assert document["pipeline"]["name"] == "asks"
    assert len(document["trace_id"]) == 32


def test_the_history_reaches_the_pipeline(serving: Serving, script: Script) -> None:
    turns = [{"role": "user", "text": "What is CRAG?"}, {"role": "assistant", "text": "A method."}]
    serving().post("/v1/pipelines/asks/run", json={"question": "And then?", "history": turns})
    assert "user: What is CRAG?\nassistant: A method." in script.asked[0].field("history")


def test_a_pipeline_in_a_folder_has_the_folder_in_its_name(serving: Serving) -> None:
    document = serving().post("/v1/pipelines/more/chooses/run", json={"question": "Why?"}).json()
    assert (document["answer"], document["passages"]) == (None, [])


def test_events_tell_steps_pieces_and_the_result(serving: Serving) -> None:
    reply = serving().post("/v1/pipelines/asks/run", json={"question": "Why is it so?", "stream": True})
    assert reply.headers["content-type"].startswith("text/event-stream")
    found = events(reply.text)
    names = [name for name, _ in found]
    assert names[-1] == "result"
    assert names.count("step") == 1
    assert names.count("token") > 1
    assert "".join(data["text"] for name, data in found if name == "token") == found[-1][1]["answer"]
    step = next(data for name, data in found if name == "step")
    assert (step["step"], step["use"], step["status"]) == ("answer", "lm.predict", "ok")


def test_a_step_that_fails_is_told_with_its_step_and_trace(serving: Serving) -> None:
    client = serving()
    reply = client.post("/v1/pipelines/asks/run", json={"question": "please fail"})
    assert reply.status_code == 500
    assert reply.json()["error"]["step"] == "answer"
    last = events(client.post("/v1/pipelines/asks/run", json={"question": "please fail", "stream": True}).text)[-1]
    assert last[0] == "result"
    assert "no such key" in last[1]["error"]["message"]


@pytest.mark.parametrize(
    ("path", "body", "status", "told"),
    [
        ("/v1/pipelines/ask/run", {"question": "Why?"}, 404, "there is no pipeline 'ask'; did you mean 'asks'?"),
        ("/v1/pipelines/broken/run", {"question": "Why?"}, 404, "'broken'; GET /v1/models lists those that are"),
        ("/v1/pipelines/../asks/run", {"question": "Why?"}, 404, "there is no endpoint POST /v1/asks/run"),
        ("/v1/pipelines/asks/run", {}, 422, "question: Field required"),
        ("/v1/pipelines/asks/run", {"question": ""}, 422, "question: String should have at least 1 character"),
        ("/v1/pipelines/asks/run", {"question": "Why?", "k": 3}, 422, "k: Extra inputs are not permitted"),
        ("/v1/pipelines/asks/run", {"question": "Why?", "inputs": {"tune": 1}}, 400, "did you mean 'tone'?"),
        (
            "/v1/pipelines/asks/run",
            {"question": "Why?", "history": [{"role": "me", "text": ""}]},
            422,
            "history.0.role",
        ),
        ("/v1/nothing", {}, 404, "no endpoint POST /v1/nothing; there are POST /v1/pipelines/NAME/run, POST"),
        ("/v1/models", {}, 405, "there is no endpoint POST /v1/models; there are"),
        ("/v1/pipelines/asks/run", {"question": " \n"}, 422, "question: it is blank"),
        ("/v1/pipelines/asks/run", {"question": "a\ud800"}, 422, r"body: a text holds half of a character, \ud800"),
        ("/v1/pipelines/asks/run", {"question": "Why?", "inputs": {"tone": 5}}, 400, "the input tone is 5"),
        (
            "/v1/pipelines/asks/run",
            {"question": "Why?", "inputs": {"question": "Who?"}},
            400,
            "the question is not given among the inputs",
        ),
    ],
)
def test_what_cannot_be_done_is_told_in_one_shape(
    serving: Serving, path: str, body: dict, status: int, told: str
) -> None:
    headers = {"content-type": "application/json"}  # written by hand: a client would refuse half a character itself
    reply = serving().post(path, content=json.dumps(body), headers=headers)
    assert reply.status_code == status
    assert told in reply.json()["error"]["message"]


def test_what_is_no_json_is_refused(serving: Serving) -> None:
    client = serving()
    for content in (b"{", b"\xff", b'{"question": "Why?"}'):
        kind = "text/plain" if content.endswith(b"}") else "application/json"
        reply = client.post("/v1/pipelines/asks/run", content=content, headers={"content-type": kind})
        assert reply.status_code in (400, 422), content
        assert reply.json()["error"]["code"] == "invalid-request"
    for headers in ({}, {"content-type": "application/x-www-form-urlencoded"}):  # what curl sends if nobody says more
        bare = client.post("/v1/pipelines/asks/run", content=b'{"question": "Why?"}', headers=headers)
        assert "'content-type: application/json'" in bare.json()["error"]["message"]
    cut = client.post("/v1/pipelines/asks/run", content=b'{"question": ', headers={"content-type": "application/json"})
    assert cut.json()["error"]["message"] == "the body is not JSON: Expecting value, at character 13"


def test_a_body_that_is_too_large_is_refused_with_and_without_its_length(serving: Serving, script: Script) -> None:
    client = serving()
    body = json.dumps({"question": "Why?", "inputs": {"tone": "x" * MAX_BODY}}).encode()
    assert client.post("/v1/pipelines/asks/run", content=body).status_code == 413
    parts = (body[start : start + 65536] for start in range(0, len(body), 65536))
    headers = {"content-type": "application/json"}
    assert client.post("/v1/pipelines/asks/run", content=parts, headers=headers).json()["error"]["code"] == "too-large"
    assert not script.asked


def test_without_the_token_only_health_is_answered(serving: Serving) -> None:
    client = serving(token="s3cret")
    assert client.get("/health").json()["status"] == "ok"
    assert client.head("/health").status_code == 200, "as load balancers ask"
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "s3cret"}, {"Authorization": "Bearer"}):
        reply = client.get("/v1/models", headers=headers)
        assert reply.status_code == 401
        assert reply.headers["www-authenticate"] == "Bearer"
        assert reply.json()["error"]["code"] == "token"
    assert client.get("/v1/models", headers={"Authorization": "Bearer s3cret"}).status_code == 200


def test_a_local_server_answers_to_local_names_only(serving: Serving) -> None:
    client = serving(hosts=frozenset({"127.0.0.1", "localhost", "::1"}))
    assert client.get("/v1/models").status_code == 200
    for name in ("localhost:8000", "[::1]:8000", "localhost"):
        assert client.get("/v1/models", headers={"Host": name}).status_code == 200
    for name in ("evil.example", "evil.example:8000", "127.0.0.1.evil.example"):
        assert client.get("/v1/models", headers={"Host": name}).status_code == 421


def test_where_all_places_are_taken_the_next_is_told_to_come_back(serving: Serving, script: Script) -> None:
    client = serving(workers=1, waiting=1)
    script.free.clear()
    with ThreadPoolExecutor(2) as callers:
        ask = lambda: client.post("/v1/pipelines/asks/run", json={"question": "Why?"})  # noqa: E731
        first, second = callers.submit(ask), callers.submit(ask)
        until(lambda: client.get("/health").json()["waiting"] == 1)
        assert client.get("/health").json()["running"] == 1
        for stream in (False, True):
            reply = client.post("/v1/pipelines/asks/run", json={"question": "Why?", "stream": stream})
            assert reply.status_code == 429
            assert int(reply.headers["retry-after"]) > 0
            assert reply.json()["error"]["code"] == "busy"
        script.free.set()
        assert first.result().status_code == second.result().status_code == 200
    until(lambda: client.get("/health").json()["running"] == 0)
    assert ask().status_code == 200


def test_one_who_hangs_up_frees_the_place_when_the_run_has_ended(serving: Serving, script: Script) -> None:
    client = serving(workers=1, waiting=0)
    script.free.clear()
    with client.stream("POST", "/v1/pipelines/asks/run", json={"question": "Why?", "stream": True}):
        until(lambda: len(script.asked) == 1)
    assert client.post("/v1/pipelines/asks/run", json={"question": "Why?"}).status_code == 429
    script.free.set()
    until(lambda: client.get("/health").json()["running"] == 0)
    assert client.post("/v1/pipelines/asks/run", json={"question": "Why?"}).status_code == 200


def test_pipelines_are_loaded_once_for_all_who_ask(
    serving: Serving, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ragkit.engine import Pipeline

    loaded = []
    load = Pipeline.load.__func__
    monkeypatch.setattr(Pipeline, "load", classmethod(lambda cls, *a, **k: loaded.append(a) or load(cls, *a, **k)))
    client = serving(workers=4)
    with ThreadPoolExecutor(4) as callers:
        ask = lambda number: client.post("/v1/pipelines/asks/run", json={"question": f"Why {number}?"})  # noqa: E731
        replies = list(callers.map(ask, range(12)))
    assert [reply.json()["answer"] for reply in replies] == [
        f"In a plain tone: you asked Why {number}?" for number in range(12)
    ]
    assert len(loaded) == 1
