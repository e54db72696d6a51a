"""``ragkit serve``: what it says before it listens, and how it ends, as a real process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from ragkit.testing import ChatServer

PIPELINE = """\
version: 1
name: asks
lm: here
lms: {{here: {{model: openai/any, api_base: "{address}", retries: 0}}}}
steps:
  answer: {{use: lm.predict, signature: "question -> answer: Answer"}}
output: answer
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_taken_port_is_told_before_anything_is_loaded(ragkit: Callable, project: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        shown = ragkit("serve", "--port", taken.getsockname()[1])
    assert shown.exit_code == 2
    assert "address already in use" in shown.stderr
    assert "ragkit serve --port" in shown.stderr


def test_what_cannot_be_served_is_told(ragkit: Callable, project: Path) -> None:
    (project / "pipelines" / "empty.yaml").unlink()
    shown = ragkit("serve", "--port", free_port())
    assert shown.exit_code == 2
    assert "can be served" in shown.stderr
    shown = ragkit("serve", "no-such.yaml", "--port", free_port())
    assert shown.exit_code == 2
    assert "there is no pipeline file 'no-such.yaml'" in shown.stderr


def test_without_the_extra_it_says_what_to_install(
    ragkit: Callable, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fastapi", None)
    for name in [name for name in sys.modules if name.startswith("ragkit.serve")]:
        monkeypatch.delitem(sys.modules, name)
    shown = ragkit("serve", "--port", free_port())
    assert shown.exit_code == 2
    assert "pip install 'ragkit[serve]'" in shown.stderr


@pytest.mark.slow
def test_told_to_end_it_ends_when_what_runs_is_done(project: Path) -> None:
    """SIGTERM while an LM is answering: the answer arrives whole, then the process ends with 0."""
    entered, free = threading.Event(), threading.Event()

    def rule(asked):
        entered.set()
        assert free.wait(60)
        return {"answer": f"You asked {asked.field('question')}"}

    with ChatServer(rule) as lm:
        (project / "pipelines" / "asks.yaml").write_text(PIPELINE.format(address=lm.api_base))
        port = free_port()
        process = subprocess.Popen(
            [sys.executable, "-m", "ragkit", "serve", "pipelines/asks.yaml", "--port", str(port)],
            cwd=project, env={**os.environ, "OPENAI_API_KEY": "none"}, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)
            wait_for(client, process)
            replies: list[httpx.Response] = []
            body = {"question": "Why?"}
            asking = threading.Thread(
                target=lambda: replies.append(client.post("/v1/pipelines/asks/run", json=body)), daemon=True
            )
            asking.start()
            assert entered.wait(60)
            process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            assert process.poll() is None
            free.set()
            asking.join(60)
            assert replies[0].json()["answer"] == "You asked Why?"
            assert process.wait(60) == 0, process.stderr.read()
        finally:
            free.set()
            process.kill()
            process.wait()


def wait_for(client: httpx.Client, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, process.stderr.read()
        try:
            assert client.get("/health").json()["status"] == "ok"
            return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("the server does not answer")
