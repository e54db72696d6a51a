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
