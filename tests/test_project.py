from __future__ import annotations

from pathlib import Path

import pytest

from ragkit.errors import UsageError
from ragkit.project import Project


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("RAGKIT_PROJECT", "RAGKIT_HOME", "RAGKIT_TRACE_CONTENT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "user"))


def project(folder: Path, text: str = "") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ragkit.toml").write_text(text)
    return folder


def test_the_nearest_folder_upward_is_the_project(tmp_path: Path) -> None:
    project(tmp_path)
    inner = project(tmp_path / "a" / "inner")
    deep = inner / "pipelines" / "more"
    deep.mkdir(parents=True)
    (deep / "x.yaml").touch()
    assert Project.find(deep).root == inner
    assert Project.find(deep / "x.yaml").root == inner
    assert Project.find(tmp_path / "a").root == tmp_path


def test_flag_wins_over_environment_wins_over_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, env, flag = (project(tmp_path / name) for name in ("here", "env", "flag"))
    assert Project.find(here).root == here
    monkeypatch.setenv("RAGKIT_PROJECT", str(env))
    assert Project.find(here).root == env
    assert Project.find(here, explicit=flag).root == flag
    assert Project.find(here, explicit=flag / "ragkit.toml").root == flag


def test_no_project_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no ragkit\.toml in") as caught:
        Project.find(tmp_path)
    assert "ragkit init" in (caught.value.hint or "")


def test_a_named_folder_must_be_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=r"--project names .* holds no ragkit\.toml"):
        Project.find(tmp_path, explicit=tmp_path)
    with pytest.raises(UsageError, match=r"--project names .* is not a folder"):
        Project.find(tmp_path, explicit=tmp_path / "missing")
    monkeypatch.setenv("RAGKIT_PROJECT", str(tmp_path / "missing"))
    with pytest.raises(UsageError, match="RAGKIT_PROJECT names"):
        Project.around(tmp_path / "x.yaml")


def test_around_prefers_the_files_own_project_then_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, other, bare = project(tmp_path / "mine"), project(tmp_path / "other"), tmp_path / "bare"
    bare.mkdir()
    monkeypatch.chdir(mine)
    assert Project.around(other / "x.yaml").root == other
    assert Project.around(bare / "x.yaml").root == mine
    monkeypatch.chdir(bare)
    lonely = Project.around(bare / "x.yaml")
    assert lonely.root == bare
    assert not lonely.declared


def test_folders_and_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = project(tmp_path / "p", '[folders]\ncorpora = "data/defs"\n')
    found = Project(root)
    assert found.corpora == root / "data/defs"
    assert found.pipelines == root / "pipelines"
    assert found.state == root / ".ragkit"
    monkeypatch.setenv("RAGKIT_HOME", str(tmp_path / "home"))
    assert found.state == tmp_path / "home"


def test_trace_content_environment_then_project_then_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, off = project(tmp_path / "plain"), project(tmp_path / "off", "[trace]\ncontent = false\n")
    assert Project(plain).trace_content
    assert not Project(off).trace_content
    project(tmp_path / "user" / "ragkit", "[trace]\ncontent = false\n")
    assert not Project(plain).trace_content
    on = project(tmp_path / "on", "[trace]\ncontent = true\n")
    assert Project(on).trace_content
    monkeypatch.setenv("RAGKIT_TRACE_CONTENT", "0")
    assert not Project(on).trace_content
    monkeypatch.setenv("RAGKIT_TRACE_CONTENT", "perhaps")
    with pytest.raises(UsageError, match="'perhaps'; it takes on or off"):
        _ = Project(on).trace_content


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[folder]\n", "unknown key 'folder'; did you mean 'folders'"),
        ("[folders]\ncorpus = 'x'\n", "unknown key 'folders.corpus'; did you mean 'folders.corpora'"),
        ("[trace]\ncontent = 'no'\n", "trace.content is 'no'; it takes true or false"),
        ("trace = true\n", r"'trace' is a table: write \[trace\]"),
        ("[trace\n", "is not TOML: .*line 1"),
    ],
)
def test_a_wrong_settings_file_is_explained(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Project(project(tmp_path / "p", text))


def test_a_settings_file_that_is_not_text_is_explained(tmp_path: Path) -> None:
    project(tmp_path / "p")
    (tmp_path / "p" / "ragkit.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="is not TOML"):
        Project(tmp_path / "p")
