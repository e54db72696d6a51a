from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ragkit.cli import complete


def test_corpora_of_the_project(project: Path) -> None:
    (project / "corpora" / "one.yaml").touch()
    (project / "corpora" / "two.yaml").touch()
    assert complete.corpora("") == ["one", "two"]
    assert complete.corpora("t") == ["two"]


def test_components_and_roles() -> None:
    assert complete.components("select.top") == ["select.top_k", "select.top_p"]
    assert complete.roles("fu") == ["fuse"]


def test_runs_with_their_questions(ragkit: Callable, project: Path) -> None:
    assert complete.runs("") == []
    ragkit("run", "pipelines/empty.yaml", "what is it")
    ((id, question),) = complete.runs("")
    assert question == "what is it"
    assert complete.runs(id[:2]) == [(id, question)]
    assert complete.runs("zz") == []


def test_without_a_project_nothing_is_offered(folder: Path) -> None:
    assert complete.corpora("") == complete.runs("") == []


@pytest.mark.parametrize(
    ("line", "offered"), [("ragkit val", "validate"), ("ragkit components show fuse.r", "fuse.rrf")]
)
def test_the_shell_is_answered(line: str, offered: str) -> None:
    env = {**os.environ, "_RAGKIT_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": line}
    done = subprocess.run([sys.executable, "-m", "ragkit"], env=env, capture_output=True, text=True, timeout=60)
    assert offered in done.stdout, done.stderr
