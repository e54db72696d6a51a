"""Every host that ``run``, ``optimize`` and ``ui`` look up, each in a process of its own: this machine and no other."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ragkit.testing import ChatServer
from tests.cli.test_ui import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
HOSTS = "RAGKIT_TESTS_HOSTS"
"""Read by ``tests/offline/sitecustomize.py``."""
LOOPBACK = {"127.0.0.1", "localhost", "::1", "0.0.0.0", "", "None"}
PIPELINE = """version: 1
name: two
lms: {{here: {{model: openai/any, api_base: "{base}", max_tokens: 100}}}}
lm: here
steps:
  rewritten: {{use: lm.predict, signature: "question -> query: str", temperature: {{choice: [0, 1], default: 0}}}}
  answer: {{use: lm.predict, signature: "query -> answer: Answer", query: rewritten.query}}
output: answer.answer
objective: {{maximize: answer_f1}}
"""


@pytest.fixture
def hosts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "hosts.log"
    monkeypatch.setenv(HOSTS, str(path))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    return path


@pytest.fixture
def served(project: Path) -> Iterator[ChatServer]:
    with ChatServer(lambda asked: {"query": "q"} if asked.field("question") else {"answer": "green"}) as server:
        (project / "two.yaml").write_text(PIPELINE.format(base=server.api_base))
        lines = [{"id": str(n), "question": f"{n}?", "answers": ["green"], "kind": "single"} for n in range(40)]
        (project / "q.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        yield server


def looked_up(hosts: Path) -> set[str]:
    return {line.split(" ", 1)[1] for line in hosts.read_text().splitlines()} if hosts.exists() else set()


def ragkit(python: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    line = [python, "-m", "ragkit", *map(str, arguments)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=250)
    assert done.returncode == 0, done.stderr
    return done


def test_run_asks_the_servers_of_the_file_and_nobody_else(python: str, served: ChatServer, hosts: Path) -> None:
    ragkit(python, "run", "two.yaml", "What?", "--json")
    assert len(served.seen) == 2
    assert "127.0.0.1" in looked_up(hosts) <= LOOPBACK


def test_a_run_without_an_lm_looks_up_nothing(python: str, project: Path, hosts: Path) -> None:
    ragkit(python, "run", "pipelines/empty.yaml", "What?")
    assert looked_up(hosts) == set()


def test_optimize_asks_the_servers_of_the_file_and_nobody_else(python: str, served: ChatServer, hosts: Path) -> None:
    ragkit(python, "optimize", "two.yaml", "--data", "q.jsonl", "--trials", 3, "--max-calls", 500, "--json")
    assert len(served.seen) > 40
    assert "127.0.0.1" in looked_up(hosts) <= LOOPBACK


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
def test_ui_talks_to_this_machine_only(python: str, project: Path, hosts: Path) -> None:
    port = free_port()
    line = [python, "-m", "ragkit", "ui", "--no-browser", "--port", str(port)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as server:
        try:
            shown = asyncio.run(_opened(port))
        finally:
            server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=30) == 0
    assert shown, "the first page has run to its end"
    assert looked_up(hosts) <= LOOPBACK
    assert looked_up(hosts), "it listens somewhere"


async def _opened(port: int) -> bool:
    """Opens the first page as a browser does, and waits until its script has ended."""
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
    from websockets.asyncio.client import connect

    deadline = time.monotonic() + 90
    while True:
        try:
            connection = await connect(f"ws://127.0.0.1:{port}/_stcore/stream", max_size=None)
            break
        except OSError:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.3)
    async with connection:
        ask = BackMsg()
        ask.rerun_script.query_string = ""
        await connection.send(ask.SerializeToString())
        async for data in connection:
            message = ForwardMsg()
            message.ParseFromString(data)
            if message.WhichOneof("type") == "script_finished":
                return bool(message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY)
    return False
