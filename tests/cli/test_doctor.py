from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ragkit.cli import health


def checks(shown: object) -> dict[str, dict]:
    return {check["name"]: check for check in json.loads(shown.stdout)["checks"]}


def test_a_new_project_has_no_problems(ragkit: Callable, folder: Path) -> None:
    ragkit("init")
    shown = ragkit("doctor", "--json")
    assert shown.exit_code == 0
    found = checks(shown)
    assert found["python"]["state"] == found["torch"]["state"] == "ok"
    assert found["project"]["text"] == str(folder)
    assert found["notes"] == {
        "group": "corpora", "name": "notes", "state": "note", "text": "the index is missing",
        "mend": "ragkit index notes",
    }  # fmt: skip
    told = ragkit("doctor")
    assert "no problems" in told.stderr
    assert "→ ragkit index notes" in told.stdout


def test_without_a_project_it_fails_and_says_how_to_mend_it(ragkit: Callable) -> None:
    shown = ragkit("doctor", "--json")
    assert shown.exit_code == 1
    assert not json.loads(shown.stdout)["ok"]
    assert "ragkit init" in checks(shown)["project"]["mend"]
    assert "1 problem" in ragkit("doctor").stderr


def test_a_broken_corpus_file_is_a_problem_with_its_place(ragkit: Callable, folder: Path) -> None:
    ragkit("init")
    (folder / "corpora" / "mine.yaml").write_text("sorce: {kind: text}\n")
    shown = ragkit("doctor", "--json")
    assert shown.exit_code == 1
    assert "mine.yaml:1:1" in checks(shown)["mine"]["text"]


def test_a_missing_package_is_a_problem_and_a_missing_extra_a_note(
    ragkit: Callable, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ragkit("init")
    version = health._version
    monkeypatch.setattr(health, "_version", lambda name: None if name == "pypdf" else version(name))
    shown = ragkit("doctor", "--json")
    assert shown.exit_code == 0
    assert checks(shown)["pdf"] == {
        "group": "extras", "name": "pdf", "state": "note", "text": "without pypdf", "mend": "pip install 'ragkit[pdf]'",
    }  # fmt: skip
    monkeypatch.setattr(health, "_version", lambda name: None if name == "torch" else version(name))
    shown = ragkit("doctor", "--json")
    assert shown.exit_code == 1
    assert checks(shown)["torch"]["state"] == "problem"


def test_a_state_folder_that_cannot_be_written_is_a_problem(
    ragkit: Callable, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ragkit("init")
    (folder / "file").touch()
    monkeypatch.setenv("RAGKIT_HOME", str(folder / "file"))
    shown = ragkit("doctor", "--json")
    assert shown.exit_code == 1
    assert "cannot be written" in checks(shown)["state"]["text"]


def test_secrets_are_named_and_never_shown(ragkit: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    shown = ragkit("doctor")
    assert "OPENAI_API_KEY" in shown.stdout
    assert "sk-very-secret" not in shown.output
