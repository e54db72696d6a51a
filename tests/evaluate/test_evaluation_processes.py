"""Evaluations that are killed and evaluations side by side: with real processes."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ragkit.evaluate.results import Results

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL"),
]
QUESTIONS = 40
KILLS = 12

# Evaluates 40 questions of 20 ms, two at a time; each question that is run leaves a line in the log before it runs.
WORKER = '''
import os, sys, time
from pathlib import Path

from ragkit.component import Component
from ragkit.engine import Pipeline
from ragkit.errors import RagkitError
from ragkit.evaluate.questions import read_questions
from ragkit.evaluate.evaluation import evaluate
from ragkit.project import Project
from ragkit.spec.load import load_text
from ragkit.types import Passage, Passages
from tests.engine import parts

root = Path(sys.argv[1])


class Slow(Component):
    """One passage, after a while."""

    def run(self, question: str) -> Passages:
        with (root / "log").open("a") as log:
            log.write(f"{question}\\n")
        time.sleep(0.02)
        return Passages([Passage("p", f"d{question}", "", question, {"cosine": 0.5}, tokens=1)], "cosine")


parts.CATALOGUE._mine["t.slow"] = Slow
plan = load_text("version: 1\\nname: slow\\nsteps: {found: {use: t.slow}}\\noutput: found\\n",
                 str(root / "slow.yaml"), base=root, catalogue=parts.CATALOGUE)
try:
    evaluate(Pipeline(plan, batch_size=2), read_questions(root / "questions.jsonl"), project=Project(root))
except RagkitError as error:
    print(error, file=sys.stderr)
    sys.exit(error.exit_code)
'''


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("RAGKIT_HOME")
    (tmp_path / "worker.py").write_text(WORKER)
    lines = [{"id": f"q{n}", "question": f"{n}", "gold_ids": [f"d{n}"]} for n in range(QUESTIONS)]
    (tmp_path / "questions.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return tmp_path


def start(root: Path, repository: Path) -> subprocess.Popen[str]:
    path = os.pathsep.join([str(repository), os.environ["PYTHONPATH"]])
    return subprocess.Popen(
        [sys.executable, str(root / "worker.py"), str(root)], env={**os.environ, "PYTHONPATH": path},
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def finished(root: Path) -> list[str]:
    """The questions whose rows were on disk, whole, at this moment."""
    found = []
    for file in (root / ".ragkit" / "results" / ".running").glob("*/rows.jsonl"):
        whole = file.read_bytes().rpartition(b"\n")[0]
        found += [json.loads(line)["question"] for line in whole.splitlines()]
    return found


def log(root: Path) -> list[str]:
    file = root / "log"
    return file.read_text().splitlines() if file.exists() else []


def test_whenever_it_is_killed_it_goes_on_and_runs_nothing_again_that_was_finished(
    root: Path, repository: Path
) -> None:
    rng = random.Random(7)
    history: list[tuple[list[str], int]] = []
    for _ in range(KILLS):
        until = len(log(root)) + rng.randrange(1, 9)
        worker = start(root, repository)
        while worker.poll() is None and len(log(root)) < until:
            time.sleep(0.002)
        time.sleep(rng.random() * 0.03)
        worker.send_signal(signal.SIGKILL)
        worker.communicate()
        history.append((finished(root), len(log(root))))
        if worker.returncode == 0:
            break
    assert max(len(kept) for kept, _ in history) > 4, "the kills came too early to show anything"
    last = start(root, repository)
    _, talk = last.communicate()
    assert last.returncode == 0, talk
    for kept, logged in history:
        assert not set(kept) & set(log(root)[logged:]), "finished before a kill, and run again after it"
    saved = Results(root / ".ragkit").load("last")
    assert saved.report["metrics"]["recall@1"] == {"mean": 1.0, "low": 1.0, "high": 1.0, "n": QUESTIONS}
    assert saved.report["conditions"]["resumed"] == len(history[-1][0])
    assert [row["question"] for row in saved.rows()] == [str(n) for n in range(QUESTIONS)]
    assert finished(root) == []


def test_of_several_at_once_one_runs_and_the_others_say_so(root: Path, repository: Path) -> None:
    workers = [start(root, repository) for _ in range(3)]
    talk = [worker.communicate()[1] for worker in workers]
    codes = sorted(worker.returncode for worker in workers)
    assert codes[0] == 0, talk
    assert set(codes) <= {0, 3}
    refused = [text for text, worker in zip(talk, workers, strict=True) if worker.returncode == 3]
    assert all("this very evaluation is being run by" in text for text in refused), refused
    assert log(root)[:QUESTIONS] == [str(n) for n in range(QUESTIONS)], "no question was run by two at once"
    assert Results(root / ".ragkit").load("last").report["n"] == QUESTIONS
