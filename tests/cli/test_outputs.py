"""Files that verbs write: never over what they read, and whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ragkit.cli.outputs import keep_apart, write
from ragkit.errors import UsageError

PIPELINE = "pipelines/empty.yaml"


def test_what_is_read_is_not_written(folder: Path) -> None:
    (folder / "read.jsonl").write_text("{}")
    (folder / "link.jsonl").symlink_to("read.jsonl")
    for target in (folder / "read.jsonl", Path("read.jsonl"), Path("link.jsonl")):
        with pytest.raises(UsageError, match=r"--rows .* is read here, and writing it would lose it"):
            keep_apart("--rows", target, None, "missing", folder / "read.jsonl")
    keep_apart("--rows", None, folder / "read.jsonl")
    keep_apart("--rows", folder / "other.jsonl", folder / "read.jsonl")


@pytest.mark.parametrize(
    "arguments",
    [
        ["eval", PIPELINE, "--data", "questions.jsonl", "--rows", "./questions.jsonl"],
        ["eval", PIPELINE, "--data", "questions.jsonl", "--rows", PIPELINE],
        ["graph", PIPELINE, "-o", PIPELINE],
        ["compare", PIPELINE, PIPELINE, "--data", "questions.jsonl", "--html", "questions.jsonl"],
        ["compare", PIPELINE, f"b={PIPELINE}@kept.k=5", "--data", "questions.jsonl", "--markdown", PIPELINE],
    ],
)
def test_verbs_do_not_write_over_what_they_read(ragkit: Callable, project: Path, arguments: list[str]) -> None:
    (project / "questions.jsonl").write_text('{"id": "a", "question": "What?", "gold_ids": ["d"]}\n')
    before = {file: file.read_bytes() for file in (project / "questions.jsonl", project / PIPELINE)}
    shown = ragkit(*arguments)
    assert shown.exit_code == 2
    assert "is read here" in shown.stderr
    assert {file: file.read_bytes() for file in before} == before


def test_a_file_is_replaced_whole_or_not_at_all(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = folder / "page.html"
    write("--html", target, "first")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", full)
        with pytest.raises(UsageError, match=r"--html: cannot write .*: No space left on device"):
            write("--html", target, "second")
    assert [file.read_text() for file in folder.iterdir()] == ["first"]
    write("--html", target, "third")
    assert target.read_text() == "third"


def test_a_link_is_written_through(folder: Path) -> None:
    (folder / "real.svg").write_text("old")
    (folder / "link.svg").symlink_to("real.svg")
    write("--output", folder / "link.svg", "new")
    assert (folder / "link.svg").is_symlink()
    assert (folder / "real.svg").read_text() == "new"
