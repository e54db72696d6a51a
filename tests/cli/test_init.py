from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from ragkit.cli.templates import QUESTIONS
from ragkit.corpus.config import read_corpus
from ragkit.project import Project


@pytest.mark.parametrize("template", ["notes", "papers"])
def test_a_new_project_is_whole_and_valid(
    ragkit: Callable, folder: Path, template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = ragkit("init", "mine", "--template", template)
    assert shown.exit_code == 0
    made = shown.stdout.splitlines()
    assert all((folder / name).is_file() for name in made)
    expected = ("ragkit.toml", ".gitignore", f"corpora/{template}.yaml", "pipelines/naive.yaml")
    assert {f"mine/{name}" for name in expected} <= set(made)
    assert len({name.split("/")[1] for name in made}) == 5
    monkeypatch.setenv("RAGKIT_LM", "openai/any")  # some of the pipelines ask an LM, and say so without one
    checked = json.loads(ragkit("validate", "mine/pipelines", "--json").stdout)
    assert checked["ok"]
    assert len(checked["files"]) >= 6
    assert all(file["corpora"] == [template] for file in checked["files"])
    assert Project(folder / "mine").declared


def test_schemas_are_where_the_first_line_says(ragkit: Callable, folder: Path) -> None:
    ragkit("init", "mine")
    for file in [*(folder / "mine").rglob("*.yaml")]:
        named = re.match(r"# yaml-language-server: \$schema=(\S+)\n", file.read_text())
        assert named is not None, file
        assert "$defs" in json.loads((file.parent / named[1]).read_text())


def test_what_is_there_is_kept(ragkit: Callable, folder: Path) -> None:
    (folder / "pipelines").mkdir()
    (folder / "pipelines" / "naive.yaml").write_text("mine")
    (folder / ".gitignore").write_text("mine too")
    shown = ragkit("init")
    assert shown.exit_code == 0
    assert (folder / "pipelines" / "naive.yaml").read_text() == "mine"
    assert (folder / ".gitignore").read_text() == "mine too"
    assert "kept as they were: .gitignore, pipelines/naive.yaml" in shown.stderr
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    again = ragkit("init")
    assert again.exit_code == 0
    assert again.stdout == ""
    assert {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()} == before


def test_it_says_what_to_do_next(ragkit: Callable) -> None:
    shown = ragkit("init", "a project")
    assert "cd 'a project'" in shown.stderr
    assert f'ragkit run pipelines/adaptive-k.yaml "{QUESTIONS["notes"]}"' in shown.stderr
    assert "  cd " not in ragkit("init").stderr


def test_a_file_in_the_way_is_an_error(ragkit: Callable, folder: Path) -> None:
    (folder / "mine").touch()
    shown = ragkit("init", "mine")
    assert shown.exit_code == 2
    assert "'mine' is a file, not a folder" in shown.stderr
    (folder / "other").mkdir()
    (folder / "other" / "corpora").touch()
    shown = ragkit("init", "other")
    assert shown.exit_code == 2
    assert "cannot write 'other/corpora/notes.yaml'" in shown.stderr


def test_an_unknown_template_names_those_there_are(ragkit: Callable) -> None:
    shown = ragkit("init", "x", "--template", "paper")
    assert shown.exit_code == 2
    assert "notes" in shown.stderr
    assert "papers" in shown.stderr


def test_a_folder_of_documents_becomes_the_corpus(
    ragkit: Callable, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAGKIT_LM", "openai/any")
    mine = folder / 'a "folder" of ${HOME}'
    mine.mkdir()
    (mine / "one.md").write_text("# One\n\nThe first document.\n")
    shown = ragkit("init", "project", "--documents", mine)
    assert shown.exit_code == 0
    file = folder / "project" / "corpora" / "documents.yaml"
    source = read_corpus(file).source
    assert (file.parent / source.path).resolve() == mine
    checked = json.loads(ragkit("validate", "project/pipelines", "--json").stdout)
    assert all(found["corpora"] == ["documents"] for found in checked["files"])
    assert '"your question"' in (folder / "project" / "pipelines" / "naive.yaml").read_text()


def test_wrong_folders_of_documents(ragkit: Callable, folder: Path) -> None:
    shown = ragkit("init", "x", "--documents", "missing")
    assert shown.exit_code == 2
    assert "--documents 'missing' is not a folder" in shown.stderr
    assert not (folder / "x").exists()
    assert ragkit("init", "x", "--documents", ".", "--template", "papers").exit_code == 2
