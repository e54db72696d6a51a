"""A real server on a thread, over a project of three pipelines and a scripted LM."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from ragkit.project import Project
from ragkit.serve.app import create_app
from ragkit.serve.shelf import Shelf, fill
from ragkit.testing import Fault, ScriptedLM, in_process

ASKS = """\
version: 1
name: asks
description: Answers by asking an LM.
lm: scripted/lm
inputs: {tone: {type: str, default: plain}}
steps:
  answer:
    use: lm.predict
    signature: "question, history, tone -> answer: Answer"
    tone: tone
output: answer
"""
CHOOSES = """\
version: 1
name: chooses
steps:
  kept: {use: select.top_k, passages: {value: []}, k: 3}
output: kept
"""
BROKEN = "version: 1\nname: broken\nsteps: {a: {use: no.such}}\noutput: a\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    for name in ("RAGKIT_PROJECT", "RAGKIT_HOME", "RAGKIT_SERVE_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "ragkit.toml").touch()
    (tmp_path / "corpora").mkdir()
    (tmp_path / "pipelines" / "more").mkdir(parents=True)
    (tmp_path / "pipelines" / "asks.yaml").write_text(ASKS)
    (tmp_path / "pipelines" / "broken.yaml").write_text(BROKEN)
    (tmp_path / "pipelines" / "more" / "chooses.yaml").write_text(CHOOSES)
    return Project(tmp_path)


class Script:
    """What the LM says; ``hold`` makes it wait until it is set again."""

    def __init__(self) -> None:
        self.free = threading.Event()
        self.free.set()
        self.asked: list[Any] = []

    def __call__(self, asked: Any) -> Any:
        self.asked.append(asked)
        assert self.free.wait(30)
        question = asked.field("question")
        if "fail" in question:
            return Fault("auth", "no such key")
        return {"answer": f"In a {asked.field('tone')} tone: you asked {question}"}


@pytest.fixture
def script(project: Project) -> Iterator[Script]:
    found = Script()
    with in_process("scripted/lm", ScriptedLM(found)):
        yield found
        found.free.set()


@pytest.fixture
def serving(project: Project, script: Script) -> Iterator[Callable[..., httpx.Client]]:
    """Starts a server with these options; gives a client of it."""
    with contextlib.ExitStack() as stack:

        def start(**options: Any) -> httpx.Client:
            shelf = Shelf(project)
            fill(shelf, [], project.pipelines)
            url = stack.enter_context(running(create_app(shelf, **options)))
            return stack.enter_context(httpx.Client(base_url=url, timeout=30))

        yield start
        script.free.set()


@contextlib.contextmanager
def running(app: Any) -> Iterator[str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        until(lambda: server.started)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(30)
            assert not thread.is_alive()


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)
