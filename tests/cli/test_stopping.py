"""Ctrl-C while an LM is silent: the process ends soon, the trace is kept, a conversation goes on."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ragkit.testing import ChatServer, Fault
from ragkit.trace.store import TraceStore

pytestmark = pytest.mark.slow
START = [sys.executable, "-c", "from ragkit.cli.main import app; app()"]
HEAD = """\
version: 1
name: waits
lms: {{here: {{model: openai/any, api_base: "{address}", retries: 3, timeout: 60}}}}
lm: here
steps:
"""
SIDE_BY_SIDE = """\
  one: {use: query.rewrite}
  two: {use: query.step_back}
  answer: {use: lm.predict, signature: "one, two -> answer: Answer", one: one, two: two}
output: answer
"""
SAMPLES = """\
  made: {use: query.hyde, n: 3}
  answer: {use: lm.predict, signature: "made -> answer: Answer", made: made.text}
output: answer
"""
EACH = """\
  each: {use: flow.map, over: {value: [a, b, c]}, max_items: 3, output: say,
         steps: {say: {use: query.rewrite, question: item}}}
  all: {use: query.join, parts: [each]}
  answer: {use: lm.predict, signature: "all -> answer: Answer", all: all}
output: answer
"""
PLAIN = """\
  answer: {use: lm.predict, signature: "question -> answer: Answer"}
output: answer
"""


def written(project: Path, server: ChatServer, steps: str) -> str:
    (project / "pipelines" / "waits.yaml").write_text(HEAD.format(address=server.api_base) + steps)
    return "pipelines/waits.yaml"


def until(true: Callable[[], Any], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("steps", [SIDE_BY_SIDE, SAMPLES, EACH])
def test_an_lm_that_is_silent_does_not_keep_the_process(project: Path, steps: str) -> None:
    with ChatServer(lambda asked: Fault("timeout")) as server:
        command = [*START, "run", written(project, server, steps), "Why?", "--json"]
        process = subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        until(lambda: len(server.seen) > 1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert "interrupted" in err
    stored = TraceStore(project / ".ragkit" / "traces.db").get("last")
    assert stored.row.outcome == "failed"
    assert stored.trace.result is not None
    assert stored.trace.result["error"]["message"].endswith("failed: interrupted")


def test_ctrl_c_in_a_conversation_stops_the_answer_and_not_the_conversation(project: Path) -> None:
    with ChatServer(lambda asked: Fault("timeout") if "slow" in asked.last else {"answer": "Quick it is."}) as server:
        terminal, other = pty.openpty()
        command = [*START, "chat", written(project, server, PLAIN)]
        process = subprocess.Popen(
            command, cwd=project, stdin=other, stdout=other, stderr=other, start_new_session=True
        )
        os.close(other)
        shown = b""

        def says(text: bytes) -> None:
            nonlocal shown
            deadline = time.monotonic() + 60
            while text not in shown:
                assert time.monotonic() < deadline, shown
                if select.select([terminal], [], [], 0.1)[0]:
                    shown += os.read(terminal, 4096)
            shown = shown.partition(text)[2]

        try:
            says(b"> ")
            os.write(terminal, b"slow?\n")
            until(lambda: server.seen)
            process.send_signal(signal.SIGINT)
            says(b"stopped")
            says(b"> ")
            os.write(terminal, b"quick?\n")
            says(b"Quick it is.")
            says(b"> ")
            os.write(terminal, b"\x04")
            assert process.wait(30) == 0
        finally:
            process.kill()
            os.close(terminal)
    rows = TraceStore(project / ".ragkit" / "traces.db").list()
    assert [(row.question, row.outcome) for row in rows] == [("quick?", "ok"), ("slow?", "failed")]
