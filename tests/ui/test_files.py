"""The files that the app may write: nothing outside the folder, nothing over somebody's work, nothing half."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from ragkit.errors import UsageError
from ui.files import FileChanged, PipelineFiles

TEXT = "version: 1\nname: a\n"


@pytest.fixture
def files(tmp_path: Path) -> PipelineFiles:
    folder = tmp_path / "project" / "pipelines"
    folder.mkdir(parents=True)
    (folder / "a.yaml").write_text(TEXT)
    return PipelineFiles(folder)


def test_a_file_is_saved_whole_and_keeps_its_mode(files: PipelineFiles) -> None:
    (files.folder / "a.yaml").chmod(0o640)
    saved = files.save(files.open("a.yaml"), "version: 1\n")
    assert (files.folder / "a.yaml").read_text() == "version: 1\n"
    assert (files.folder / "a.yaml").stat().st_mode & 0o777 == 0o640
    assert not files.changed(saved)
    assert os.listdir(files.folder) == ["a.yaml"]


@pytest.mark.parametrize("data", [b"a: 1\r\nb: 2\r\n", b"\xef\xbb\xbfa: 1\n", b"\xef\xbb\xbfa: \xc3\xa9\r\n"])
def test_line_ends_and_marks_stay(files: PipelineFiles, data: bytes) -> None:
    (files.folder / "a.yaml").write_bytes(data)
    opened = files.open("a.yaml")
    assert "\r" not in opened.text
    assert "\ufeff" not in opened.text
    files.save(opened, opened.text)
    assert (files.folder / "a.yaml").read_bytes() == data


def test_a_file_that_was_changed_meanwhile_is_not_written_over(files: PipelineFiles) -> None:
    opened = files.open("a.yaml")
    (files.folder / "a.yaml").write_text("somebody else's\n")
    with pytest.raises(FileChanged, match="was changed on disk since it was opened here; nothing was written"):
        files.save(opened, "mine\n")
    assert (files.folder / "a.yaml").read_text() == "somebody else's\n"
    (files.folder / "a.yaml").unlink()
    with pytest.raises(UsageError, match=r"there is no pipeline file 'a\.yaml'"):
        files.save(opened, "mine\n")
    assert not (files.folder / "a.yaml").exists()


def test_of_two_who_save_at_once_one_is_told(files: PipelineFiles) -> None:
    opened, outcomes = files.open("a.yaml"), []

    def save(text: str) -> None:
        try:
            files.save(opened, text)
            outcomes.append("saved")
        except FileChanged:
            outcomes.append("told")

    threads = [threading.Thread(target=save, args=(f"version: {number}\n",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["saved", *["told"] * 7]


def test_a_new_file_never_replaces_one(files: PipelineFiles) -> None:
    files.create("deep/er/b.yaml", TEXT)
    assert files.names() == ["a.yaml", "deep/er/b.yaml"]
    with pytest.raises(UsageError, match=r"'a\.yaml' is there already; nothing was written"):
        files.create("a.yaml", "mine\n")
    assert (files.folder / "a.yaml").read_text() == TEXT


@pytest.mark.parametrize(
    "name",
    ["../b.yaml", "/etc/b.yaml", "b.yml", "b", "", ".b.yaml", "x/../../b.yaml", "b.yaml/", "a b.yaml", "x//b.yaml",
     "C:\\b.yaml", "b\0.yaml", "b.yaml\n", "~/b.yaml", "-/b..yaml"],
)  # fmt: skip
def test_a_name_that_leads_elsewhere_is_refused(files: PipelineFiles, name: str) -> None:
    before = sorted(path for path in files.folder.parent.parent.rglob("*"))
    with pytest.raises(UsageError, match="cannot be the name of a pipeline file"):
        files.create(name, TEXT)
    assert sorted(path for path in files.folder.parent.parent.rglob("*")) == before


def test_links_that_lead_out_are_no_files_of_the_project(files: PipelineFiles, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.yaml").write_text("secret: 1\n")
    (files.folder / "linked.yaml").symlink_to(outside / "secret.yaml")
    (files.folder / "folder").symlink_to(outside)
    assert files.names() == ["a.yaml"]
    for name in ("linked.yaml", "folder/secret.yaml", "../../outside/secret.yaml"):
        with pytest.raises(UsageError, match="there is no pipeline file"):
            files.open(name)
    with pytest.raises(UsageError, match="lies outside the project"):
        files.create("folder/new.yaml", TEXT)
    assert os.listdir(outside) == ["secret.yaml"]


def test_a_link_inside_stays_a_link(files: PipelineFiles) -> None:
    (files.folder / "same.yaml").symlink_to("a.yaml")
    files.save(files.open("same.yaml"), "version: 1\n")
    assert (files.folder / "same.yaml").is_symlink()
    assert (files.folder / "a.yaml").read_text() == "version: 1\n"


@pytest.mark.parametrize(
    ("data", "why"),
    [(b"a: \xff\n", "not UTF-8"), (b"a: 1\rb: 2\r", "old Mac"), (b"a: 1\r\nb: 2\n", "mixes"),
     (b"#" * 1_000_001, "1,000,001 bytes")],
)  # fmt: skip
def test_what_an_editor_would_change_is_not_opened(files: PipelineFiles, data: bytes, why: str) -> None:
    (files.folder / "a.yaml").write_bytes(data)
    with pytest.raises(UsageError, match=why):
        files.open("a.yaml")
