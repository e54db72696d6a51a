from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest


def test_schemas_are_printed_and_nothing_else(ragkit: Callable) -> None:
    assert json.loads(ragkit("schema").stdout)["title"] == "ragkit pipeline"
    assert json.loads(ragkit("schema", "--corpus").stdout)["title"] == "ragkit corpus"


def test_the_repository_is_checked_against_its_own_classes(
    ragkit: Callable, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository)
    shown = ragkit("schema", "--check")
    assert shown.exit_code == 0, shown.output
    assert str(repository / "ragkit" / "spec") in shown.stderr


def test_a_projects_schemas_are_checked_and_mended(ragkit: Callable, folder: Path) -> None:
    ragkit("init")
    assert ragkit("schema", "--check").exit_code == 0
    file = folder / "schema" / "corpus.schema.json"
    right = file.read_text()
    file.write_text("{}")
    shown = ragkit("schema", "--check")
    assert shown.exit_code == 1
    assert shown.stdout == f"{file}\n"
    assert ragkit("schema", "--write").stdout == f"{file}\n"
    assert file.read_text() == right
    assert ragkit("schema", "--write").stdout == ""


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--check", "--write"], "exclude each other"),
        (["folder"], "goes with --check or --write"),
        (["missing", "--write"], "'missing' is not a folder"),
        (["--check"], "no ragkit.toml"),
    ],
)
def test_wrong_calls(ragkit: Callable, arguments: list[str], text: str) -> None:
    shown = ragkit("schema", *arguments)
    assert shown.exit_code == 2
    assert text in shown.stderr
