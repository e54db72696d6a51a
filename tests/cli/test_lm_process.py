"""An LM step from the shell: a new process, a server over HTTP, and nothing else on the network."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ragkit.testing import ChatServer, Fault

pytestmark = pytest.mark.slow
PIPELINE = """\
version: 1
name: asks
lms: {{here: {{model: openai/any, api_base: "{address}", retries: 1}}}}
lm: here
steps:
  query: {{use: query.rewrite}}
  answer: {{use: lm.predict, signature: "query, question -> answer: Answer", query: query}}
output: answer
"""
CODE = """
import sys
sys.argv = ["ragkit", *sys.argv[1:]]
from ragkit.cli.main import main
try:
    main()
finally:
    print("loaded:", *(name for name in ("dspy", "litellm", "openai", "torch") if name in sys.modules), file=sys.stderr)
"""


def ragkit(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", CODE, *arguments]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture
def asks(project: Path):
    def rule(asked):
        if "fail" in (asked.field("question") or ""):
            return Fault("server", "down", retry_after=0.01)
        return {name: {"query": "adaptive k", "answer": "It cuts at the gap."}[name] for name in asked.wanted}

    with ChatServer(rule) as server:
        (project / "pipelines" / "asks.yaml").write_text(PIPELINE.format(address=server.api_base))
        yield server


def test_run_asks_the_server_and_loads_no_more_than_it_needs(asks: ChatServer, project: Path) -> None:
    done = ragkit(project, "run", "pipelines/asks.yaml", "How does it cut?", "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["answer"] == "It cuts at the gap."
    assert document["usage"]["lm_calls"] == len(asks.seen) == 2
    assert "loaded: dspy\n" in done.stderr


def test_a_stream_is_read_as_one(asks: ChatServer, project: Path) -> None:
    done = ragkit(project, "run", "pipelines/asks.yaml", "How does it cut?", "--stream")
    assert done.stdout.startswith("It cuts at the gap.\n")
    assert [bool(seen["body"].get("stream")) for seen in asks.seen] == [False, True]


def test_a_server_that_fails_is_told_and_the_trace_is_kept(asks: ChatServer, project: Path) -> None:
    done = ragkit(project, "run", "pipelines/asks.yaml", "fail")
    assert done.returncode == 3
    assert "failed (500), 2 times" in done.stderr
    assert "`fallback` under `lms`" in done.stderr
    shown = ragkit(project, "trace", "show", "--full")
    assert "attempt 2 failed" in shown.stdout
    assert "In adhering to this structure" in shown.stdout
