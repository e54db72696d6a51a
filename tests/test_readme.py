"""The first page is true: its transcript is what the command prints, and its Python runs."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ragkit.testing import ChatServer, Pupil

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder to begin from: with a copy of the checkout's own index, or empty, so that the run builds one."""
    folder = tmp_path_factory.mktemp("state")
    for name in ("encoders", "indexes/papers"):
        if (ROOT / ".ragkit" / name).is_dir():
            shutil.copytree(ROOT / ".ragkit" / name, folder / name)
    return folder


def block(after: str, language: str) -> str:
    """The first fenced block of a language behind a text."""
    found = re.search(rf"```{language}\n(.*?)^```", README.split(after, 1)[1], re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


@pytest.mark.timeout(1200)
def test_the_transcript_is_what_the_command_prints(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGKIT_HOME", str(state))
    make = (ROOT / "Makefile").read_text(encoding="utf-8")
    question = re.search(r"^QUESTION \?= (.*)$", make, re.MULTILINE)
    recipe = re.search(r"^demo:.*\n\t@\$\(BIN\)/ragkit run (\S+) \"\$\(QUESTION\)\"$", make, re.MULTILINE)
    assert question is not None
    assert recipe is not None
    assert f"$ make demo    # asks 431 paper abstracts: {question[1]}\n" in README
    command = [sys.executable, "-m", "ragkit", "run", recipe[1], question[1]]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1100)
    assert done.returncode == 0, done.stderr
    assert done.stdout == block("$ make demo", "text")


@pytest.mark.timeout(1200)
def test_the_python_runs(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGKIT_HOME", str(state))
    code = block("## From Python", "python")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=1100)
    assert done.returncode == 0, done.stderr
    assert "Adaptive-k" in done.stdout
    assert "evidence the scores fall most" in done.stdout.replace("kept 6 of 50: ", "")


@pytest.mark.timeout(600)
def test_two_lm_steps_are_optimised_as_it_says(state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command of the section, against a server whose LM answers better when it is shown how."""
    text, (optimize, run) = _lm_steps()
    lines = (ROOT / "corpora" / "papers" / "questions.jsonl").read_text("utf-8").splitlines()
    asked = [question for question in map(json.loads, lines) if question["kind"] == "single"][:48]
    (tmp_path / "questions.jsonl").write_text("".join(json.dumps(one) + "\n" for one in asked))
    monkeypatch.setenv("RAGKIT_HOME", str(state))
    monkeypatch.setenv("RAGKIT_PROJECT", str(ROOT))
    answers = {question["question"]: question["answers"][0] for question in asked}
    with ChatServer(Pupil({**answers, run[3]: "Corrective RAG"}, base=0.3, told=0.0, shown=0.6)) as server:
        here = f"lms: {{here: {{model: openai/any, api_base: '{server.api_base}', max_tokens: 500}}}}\nlm: here\n"
        (tmp_path / "my.yaml").write_text(text + here)
        tuned = _ragkit(optimize, tmp_path)
        assert tuned.stdout.startswith("an improvement"), tuned.stdout
        assert "LM requests at most: " in tuned.stderr
        assert len(server.requests) <= int(optimize[-1])
        said = _ragkit(run, tmp_path)
        assert said.stdout
        assert len(server.requests[-1].messages) > 2, "the last request has no demos"


def _lm_steps() -> tuple[str, list[list[str]]]:
    """The pipeline of the section on LM steps, and its commands."""
    heading = "## From two LM steps to an optimised pipeline"
    commands = [shlex.split(line.removeprefix("$ ")) for line in block(heading, "console").splitlines()]
    return block(heading, "yaml"), commands


def _ragkit(line: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    assert line[0] == "ragkit"
    command = [sys.executable, "-m", *line]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=550)
    assert done.returncode == 0, done.stderr
    return done


def test_the_pipeline_on_the_page_is_the_shipped_one() -> None:
    """Line by line: what stands on the page stands in the file, apart from search marks and comments."""
    shipped = (ROOT / "pipelines" / "adaptive-k.yaml").read_text(encoding="utf-8")
    for line in block("The pipeline, whole:", "yaml").splitlines():
        plain = line.split("#")[0].rstrip()
        assert plain in shipped or re.fullmatch(r"    k: \d+", plain), plain
