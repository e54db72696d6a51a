"""A person's first quarter of an hour, with real processes: a project, its index, questions, traces, a conversation."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

QUESTION = "How does Adaptive-k cut the list of passages?"
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, make_ready: Callable[[Path], None]) -> Path:
    """A project from ``ragkit init``; an encoder that the checkout has made ready is not made ready again."""
    folder = tmp_path_factory.mktemp("session") / "mine"
    assert call("init", folder, cwd=folder.parent).returncode == 0
    make_ready(folder / ".ragkit")
    return folder


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "RAGKIT_HOME"}


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "ragkit", *map(str, words)]


def call(*words: object, cwd: Path, text: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*words), cwd=cwd, input=text, capture_output=True, text=True, timeout=600, env=environment()
    )


def test_the_first_question_builds_the_index_and_is_answered(home: Path) -> None:
    done = call("run", "pipelines/adaptive-k.yaml", QUESTION, cwd=home)
    assert done.returncode == 0, done.stderr
    assert "the index of corpus 'notes' is missing; building it" in done.stderr
    assert "largest gap between two neighbouring scores" in " ".join(done.stdout.split())
    assert re.search(r"\[1\] Adaptive-k  \(\S*adaptive-k\S*\)", done.stdout)
    assert re.search(r"why: kept \d+ of \d+: ", done.stdout)
    assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize("name", ["naive", "hybrid", "adaptive-k", "branching", "conditional", "looping"])
def test_every_shipped_pipeline_answers(home: Path, name: str) -> None:
    done = call("run", f"pipelines/{name}.yaml", QUESTION, "--json", cwd=home)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert not document["abstained"]
    assert document["citations"][0]["doc_id"].endswith("adaptive-k.md")
    for citation in document["citations"]:
        passage = next(p for p in document["passages"] if p["id"] == citation["passage_id"])
        assert passage["text"][citation["start"] : citation["end"]] == citation["quote"]


def test_a_question_without_an_answer_is_not_answered(home: Path) -> None:
    document = json.loads(call("run", "pipelines/hybrid.yaml", "Who painted the Mona Lisa?", "--json", cwd=home).stdout)
    assert document["abstained"]


def test_a_changed_document_is_all_that_is_encoded_again(home: Path) -> None:
    assert call("index", "notes", "--check", cwd=home).returncode == 0
    file = home / "corpora" / "notes" / "traces.md"
    file.write_text(file.read_text() + "\nA trace can be exported to other tools.\n")
    stale = call("index", "notes", "--check", cwd=home)
    assert (stale.returncode, stale.stdout) == (1, "notes: stale\n")
    (report,) = json.loads(call("index", "notes", "--json", cwd=home).stdout)
    assert report["built"]
    assert report["encoded"] == 2  # the passage and its new sentence
    assert report["reused"] > 30
    assert "current, nothing to do" in call("index", cwd=home).stdout


def test_the_conversation_and_its_trace(home: Path) -> None:
    done = call("chat", "pipelines/naive.yaml", cwd=home, text=f"{QUESTION}\n/passages\n/trace\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("why: ") == 1
    assert "[10]" not in done.stdout
    assert "retrieve.dense" in done.stdout
    told = call("trace", "show", cwd=home)
    assert QUESTION in told.stdout
    assert call("doctor", cwd=home).returncode == 0


def test_an_interrupted_build_is_130_and_the_next_goes_on(home: Path) -> None:
    """With so much to encode that it cannot be done before the interruption arrives."""
    shutil.rmtree(home / ".ragkit" / "indexes")
    long = home / "corpora" / "notes" / "long.md"
    long.write_text("\n\n".join(f"Note {n} is about {n * 37 % 991} things of {n * 61 % 877}." for n in range(1500)))
    building = subprocess.Popen(
        command("index", "notes"), cwd=home, stderr=subprocess.PIPE, text=True, env=environment()
    )
    while not (home / ".ragkit" / "indexes" / "notes").is_dir():
        assert building.poll() is None
        time.sleep(0.01)
    building.send_signal(signal.SIGINT)
    _, stderr = building.communicate(timeout=300)
    assert building.returncode == 130, stderr
    assert "interrupted" in stderr
    assert "Traceback" not in stderr
    assert call("index", "notes", "--check", cwd=home).returncode == 1
    long.unlink()
    assert call("index", "notes", cwd=home).returncode == 0


def test_a_conversation_at_a_terminal(home: Path) -> None:
    """With a prompt, colours, and an end at ctrl-D; NO_COLOR takes the colours away."""
    for no_color in (False, True):
        shown = at_terminal(home, "chat", "pipelines/naive.yaml", typed=f"{QUESTION}\n", no_color=no_color)
        assert "ask away" in shown
        assert "\n> " in shown.replace("\r", "")
        assert "generate.extractive" in shown
        assert ("\x1b[2m" in shown) is not no_color


def at_terminal(home: Path, *words: str, typed: str, no_color: bool) -> str:
    leader, follower = pty.openpty()
    env = {**environment(), "TERM": "xterm"}
    env.pop("NO_COLOR", None)
    if no_color:
        env["NO_COLOR"] = "1"
    process = subprocess.Popen(
        command(*words), cwd=home, stdin=follower, stdout=follower, stderr=follower, env=env, start_new_session=True
    )
    os.close(follower)
    shown = b""
    for text in (typed, "\x04"):
        prompts = shown.count(b"> ")
        while shown.count(b"> ") == prompts:
            shown += os.read(leader, 65536)
        os.write(leader, text.encode())
    while True:
        try:
            more = os.read(leader, 65536)
        except OSError:  # the other side is closed
            break
        if not more:
            break
        shown += more
    assert process.wait(60) == 0
    os.close(leader)
    return shown.decode()
