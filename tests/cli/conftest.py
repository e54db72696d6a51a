"""Each command-line test has a home and a current folder of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ragkit.cli.main import app

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("RAGKIT_PROJECT", "RAGKIT_HOME", "RAGKIT_VERBOSE", "RAGKIT_TRACE_CONTENT", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "user"))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


@pytest.fixture
def ragkit() -> Callable:
    def call(*arguments: object, text: str | None = None):
        return CliRunner().invoke(app, [str(a) for a in arguments], input=text)

    return call


EMPTY = """\
version: 1
name: nothing
inputs: {depth: {type: str, default: shallow}}
steps:
  kept: {use: select.top_k, passages: {value: []}, k: {choice: [3, 5], default: 3}}
  deep: {use: select.top_k, passages: {value: []}, k: 5, when: {port: depth, is: deep}}
  out: {use: flow.first, of: [deep, kept]}
output: out
"""
"""A pipeline that needs no index: it chooses among no passages."""


@pytest.fixture
def alone(folder: Path) -> Path:
    """The same pipeline in a folder that is no project."""
    (folder / "alone.yaml").write_text(EMPTY)
    return folder / "alone.yaml"


@pytest.fixture
def project(folder: Path) -> Path:
    """The current folder as a project with one pipeline, ``empty.yaml``, that needs no index."""
    (folder / "ragkit.toml").touch()
    (folder / "pipelines").mkdir()
    (folder / "corpora").mkdir()
    (folder / "pipelines" / "empty.yaml").write_text(EMPTY)
    return folder
