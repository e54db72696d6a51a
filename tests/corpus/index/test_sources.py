"""Whether the files are those of the index."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ragkit.corpus.index import sources
from ragkit.corpus.index.sources import look_at, unchanged


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    made = [tmp_path / "a.txt", tmp_path / "b.txt"]
    for path in made:
        path.write_text(f"text of {path.name}")
        os.utime(path, ns=(10**18, 10**18))
    return made


def test_the_same_files_are_unchanged_and_are_not_read(
    files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    then = look_at(files, tmp_path)
    monkeypatch.setattr(sources, "_digest", lambda path: pytest.fail(f"{path} was read"))
    assert unchanged(files, tmp_path, then)


def test_a_file_that_was_only_touched_is_unchanged(files: list[Path], tmp_path: Path) -> None:
    then = look_at(files, tmp_path)
    os.utime(files[0])
    assert unchanged(files, tmp_path, then)


def test_changed_added_removed_and_reordered_files_are_seen(files: list[Path], tmp_path: Path) -> None:
    then = look_at(files, tmp_path)
    more = tmp_path / "c.txt"
    more.write_text("new")
    assert not unchanged([*files, more], tmp_path, then)
    assert not unchanged(files[:1], tmp_path, then)
    assert not unchanged(files[::-1], tmp_path, then)
    files[0].write_text("TEXT OF a.txt")
    assert not unchanged(files, tmp_path, then)
    files[0].unlink()
    assert not unchanged(files, tmp_path, then)


def test_a_file_that_nobody_may_read_is_left_to_its_reader(
    files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: Path) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    then = look_at(files, tmp_path)
    monkeypatch.setattr(sources, "_digest", refused)
    assert [entry.sha256 for entry in look_at(files, tmp_path)] == ["", ""]
    os.utime(files[0])
    assert not unchanged(files, tmp_path, then)


def test_a_project_that_was_moved_is_unchanged(files: list[Path], tmp_path: Path) -> None:
    then = look_at(files, tmp_path)
    other = tmp_path / "elsewhere"
    other.mkdir()
    moved = [path.rename(other / path.name) for path in files]
    assert unchanged(moved, other, then)
