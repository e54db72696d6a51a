"""The first page is true: its transcript is what the command prints, and its Python runs."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

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


def test_the_pipeline_on_the_page_is_the_shipped_one() -> None:
    """Line by line: what stands on the page stands in the file, apart from search marks and comments."""
    shipped = (ROOT / "pipelines" / "adaptive-k.yaml").read_text(encoding="utf-8")
    for line in block("The pipeline, whole:", "yaml").splitlines():
        plain = line.split("#")[0].rstrip()
        assert plain in shipped or re.fullmatch(r"    k: \d+", plain), plain
