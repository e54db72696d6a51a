"""The chat server: what any OpenAI client sees of it, over real HTTP."""

from __future__ import annotations

import dspy
import httpx
import pytest

from ragkit.testing import ChatServer, Fault, Said

BODY = {"model": "m", "messages": [{"role": "user", "content": "Hello there"}]}


def post(server: ChatServer, **more) -> httpx.Response:
    return httpx.post(f"{server.api_base}/chat/completions", json={**BODY, **more}, timeout=10)


def test_a_completion_is_as_openai_s():
    with ChatServer(["Hi."]) as server:
        data = post(server).json()
        assert data["choices"][0]["message"] == {"role": "assistant", "content": "Hi."}
        assert data["choices"][0]["finish_reason"] == "stop"
        assert data["usage"] == {"prompt_tokens": 2, "completion_tokens": 1, "total_tokens": 3}
        assert server.requests[0].last == "Hello there"
        assert server.seen[0]["body"]["model"] == "m"
        assert httpx.get(f"{server.api_base}/models").json()["data"]


def test_n_choices_take_n_answers():
    with ChatServer(["a", "b", "c"]) as server:
        data = post(server, n=3).json()
        assert [choice["message"]["content"] for choice in data["choices"]] == ["a", "b", "c"]
        assert len(server.requests) == 3
        assert len(server.seen) == 1


def test_log_probabilities_and_usage_are_told_where_they_are_scripted():
    said = Said("ab", logprobs=[("a", -0.1, {"a": -0.1, "x": -2.0}), ("b", -0.2)], usage=(9, 2), cached_tokens=8)
    with ChatServer([said, Said("plain", usage=None)]) as server:
        data = post(server, logprobs=True, top_logprobs=1).json()
        first = data["choices"][0]["logprobs"]["content"][0]
        assert (first["token"], first["logprob"], len(first["top_logprobs"])) == ("a", -0.1, 1)
        assert data["usage"]["prompt_tokens_details"] == {"cached_tokens": 8}
        assert "usage" not in post(server).json()


def test_a_stream_is_events_that_end_with_done():
    with ChatServer(["one two three"]) as server:
        text = post(server, stream=True, stream_options={"include_usage": True}).text
    events = [line.removeprefix("data: ") for line in text.splitlines() if line]
    assert events[-1] == "[DONE]"
    assert len(events) == 1 + 3 + 1 + 1 + 1
    assert '"usage"' in events[-2]


def test_a_stream_waits_before_each_piece_and_breaks_off_where_it_is_told_to():
    asked: list[int] = []

    def before(piece: int) -> None:
        asked.append(piece)
        if piece == 2:
            raise ConnectionError

    with ChatServer(["one two three"], before_piece=before) as server, pytest.raises(httpx.RemoteProtocolError):
        post(server, stream=True)
    assert asked == [0, 1, 2]


@pytest.mark.parametrize(
    ("kind", "status"), [("rate_limit", 429), ("server", 500), ("auth", 401), ("bad_request", 400)]
)
def test_faults_have_their_status(kind, status):
    with ChatServer([Fault(kind, "because", retry_after=2)]) as server:
        response = post(server)
        assert response.status_code == status
        assert response.json()["error"]["message"] == "because"
        assert response.headers["Retry-After"] == "2"


@pytest.mark.parametrize("stream", [False, True])
def test_half_a_reply_breaks_off(stream):
    with ChatServer([Fault("half")]) as server, pytest.raises(httpx.RemoteProtocolError):
        post(server, stream=stream)


def test_garbage_is_a_page_and_empty_has_no_choice():
    with ChatServer([Fault("garbage"), Fault("empty")]) as server:
        assert post(server).text.startswith("<html>")
        assert post(server).json()["choices"] == []


def test_a_request_that_hangs_ends_with_its_own_patience():
    with ChatServer([Fault("timeout")]) as server, pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{server.api_base}/chat/completions", json=BODY, timeout=0.3)


def test_dropped_connections_and_unknown_paths():
    with ChatServer([Fault("connection")]) as server:
        with pytest.raises(httpx.HTTPError):
            post(server)
        assert httpx.post(f"{server.api_base}/embeddings", json={}).status_code == 404


def test_dspy_reaches_it_by_its_ordinary_path(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # DSPy would fetch a list of prices
    with ChatServer(lambda asked: {"answer": f"to {asked.field('question')}"}) as server:
        lm = dspy.LM("openai/any", api_base=server.api_base, api_key="none", cache=False)
        with dspy.context(lm=lm):
            assert dspy.Predict("question -> answer")(question="me").answer == "to me"
            assert dspy.Predict("question -> answer", n=3)(question="n").completions.answer == ["to n"] * 3
        assert len(server.seen) == 4
