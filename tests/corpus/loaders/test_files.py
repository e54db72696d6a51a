"""Finding files: globs as Python's own module reads them, order, hidden names, links."""

from __future__ import annotations

import glob
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.corpus.loaders.files import find_files, glob_regex, split_glob, walk
from ragkit.corpus.loaders.notes import Notes
from ragkit.errors import DocumentError

NAMES = ["a.md", "b.md", "ab.txt", "[x].md", "a-b.md", "^.md"]
FOLDERS = ["", "a/", "a/b/", "ab/", "a/b/a/"]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tree")
    for folder in FOLDERS:
        for name in NAMES:
            (root / folder).mkdir(parents=True, exist_ok=True)
            (root / folder / name).touch()
    return root


part = st.sampled_from(
    ["**", "*", "*.md", "?.md", "a", "b", "[ab]*", "[!a]*", "a*", "[[]x[]].md", "[!", "[]", "[^]*", "[a-b].md", "*b*"]
)


@given(st.lists(part, min_size=1, max_size=4).map("/".join))
def test_globs_mean_what_python_means(tree: Path, pattern: str) -> None:
    expected = {name for name in glob.glob(pattern, root_dir=tree, recursive=True) if (tree / name).is_file()}
    matches = re.compile(glob_regex(pattern)).match
    assert {f.id.partition("/")[2] for f in walk(tree, "t", Notes(), lambda name: bool(matches(name)))} == expected


def test_a_glob_starts_in_a_folder() -> None:
    assert split_glob("a/b/*.md") == ("a/b", "*.md")
    assert split_glob("*.md") == (".", "*.md")
    assert split_glob("../x/**/y.md") == ("../x", "**/y.md")
    assert split_glob("/data/[ab]/c") == ("/data", "[ab]/c")


def test_files_come_in_one_order_and_once(tree: Path) -> None:
    found = find_files(tree, ["a", "a/a.md", "**/*.md"], [".md"], Notes())
    assert [f.id for f in found[:3]] == ["a/[x].md", "a/^.md", "a/a-b.md"]
    assert len({f.id for f in found}) == len(found) == len(FOLDERS) * 5


def test_a_file_may_have_the_name_of_a_glob(tree: Path) -> None:
    assert [f.id for f in find_files(tree, ["[x].md"], [".md"], Notes())] == ["[x].md"]


def test_hidden_names_and_links_that_lead_out_are_left_out(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    for name in ("a.md", ".b.md", ".git/c.md", "sub/d.md"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    outside.mkdir()
    (outside / "secret.md").touch()
    (root / "out.md").symlink_to(outside / "secret.md")
    (root / "inside.md").symlink_to(root / "sub" / "d.md")
    (root / "broken.md").symlink_to(root / "nowhere.md")
    (root / "itself.md").symlink_to(root / "itself.md")
    (root / "loop").symlink_to(root)
    (root / "far").symlink_to(outside)
    notes = Notes()
    assert [f.id for f in walk(root, "root", notes, lambda name: name.endswith(".md"))] == [
        "root/a.md",
        "root/inside.md",
        "root/sub/d.md",
    ]
    assert sorted(notes.messages()) == [
        "2 links lead nowhere: root/broken.md, root/itself.md",
        "2 links to folders were not followed: root/far, root/loop",
        "a link that leads out of the folder was not followed: root/out.md",
    ]
    shown = [f.id for f in walk(root, "root", Notes(), lambda name: name.endswith(".md"), hidden=True)]
    assert shown == ["root/.b.md", "root/.git/c.md", "root/a.md", "root/inside.md", "root/sub/d.md"]


def test_a_folder_that_cannot_be_listed_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "locked").mkdir()
    scan = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(DocumentError, match="cannot be read: Permission denied") as caught:
        walk(tmp_path, "x", Notes(), lambda name: True)
    assert (caught.value.place or "").endswith("locked")
