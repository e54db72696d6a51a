"""Uploaded documents: names that lead nowhere else, limits, and a corpus and a pipeline that are whole."""

from __future__ import annotations

from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.corpus.config import read_corpus
from ragkit.corpus.loaders.folder import FolderSource
from ragkit.errors import UsageError
from ragkit.project import Project
from ui import uploads


@pytest.fixture
def owner(project: Path) -> Project:
    return Project(project)


@given(stem=st.text(max_size=140), suffix=st.sampled_from(uploads.SUFFIXES))
def test_any_name_becomes_one_of_a_file_in_its_folder(stem: str, suffix: str) -> None:
    name = uploads.file_name(f"{stem}.{suffix}")
    assert Path(name).name == name
    assert PureWindowsPath(name).name == name
    assert not name.startswith((".", " "))
    assert name.endswith(f".{suffix}")
    assert len(name) <= 120
    assert uploads.file_name(name) == name
    assert not set(name) & set('<>:"|?*\0\n')


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("notes.md", "notes.md"), ("../../etc/passwd.txt", "passwd.txt"), ("C:\\docs\\a b.PDF", "a b.pdf"),
        ("/abs/olute.md", "olute.md"), (".hidden.md", "hidden.md"), ("..md", "document.md"), ("con.txt", "_con.txt"),
        ("Überblick.md", "Überblick.md"), ("a<b>.html", "a_b_.html"), ("x\ny.txt", "x_y.txt"),
    ],
)  # fmt: skip
def test_names(given: str, kept: str) -> None:
    assert uploads.file_name(given) == kept


@pytest.mark.parametrize("given", ["program.exe", "archive.zip", "noending", "script.py", ".md", ""])
def test_other_kinds_are_refused(given: str) -> None:
    if given == ".md":  # nothing but an ending is still a text
        assert uploads.file_name(given) == "document.md"
        return
    with pytest.raises(UsageError, match="no kind that is read"):
        uploads.file_name(given)


def test_what_is_taken_is_what_a_folder_reads() -> None:
    readers = FolderSource(kind="folder", path="x")._readers()
    assert {f".{suffix}" for suffix in uploads.SUFFIXES} <= set(readers)


@pytest.mark.parametrize("name", ["", "Up", "../up", "a/b", "a b", "-a", "1a", "a" * 41, "a.b", "nü"])
def test_names_of_corpora_that_are_none(owner: Project, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be called"):
        uploads.check_name(owner, name)


def test_a_name_that_is_taken(owner: Project) -> None:
    with pytest.raises(UsageError, match="already"):
        uploads.check_name(owner, "nothing")  # a pipeline of that name
    (owner.corpora / "here").mkdir()
    with pytest.raises(UsageError, match="already"):
        uploads.check_name(owner, "here")


def test_limits() -> None:
    with pytest.raises(UsageError, match="no file was chosen"):
        uploads.check_files([])
    with pytest.raises(UsageError, match="200 is the most"):
        uploads.check_files([("a.md", 1)] * 201)
    with pytest.raises(UsageError, match="a file may have 25"):
        uploads.check_files([("a.md", 26 * 10**6)])
    with pytest.raises(UsageError, match="200 is the most"):
        uploads.check_files([(f"{number}.md", 24 * 10**6) for number in range(9)])
    uploads.check_files([("a.md", 25 * 10**6)])


@pytest.mark.parametrize("name", ["mine", "null", "true", "no-1"])
def test_a_corpus_and_a_pipeline_are_written(owner: Project, name: str) -> None:
    from ragkit.components.catalogue import Catalogue
    from ragkit.spec.load import load

    files = [("a.md", b"# One"), ("sub/A.md", b"# Two"), ("../b.txt", b"three")]
    assert uploads.write(owner, name, files) == f"{name}.yaml"
    folder = owner.corpora / name
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == {
        "a.md": b"# One", "A-2.md": b"# Two", "b.txt": b"three",
    }  # fmt: skip
    assert read_corpus(owner.corpora / f"{name}.yaml").source.path == name
    plan = load(owner.pipelines / f"{name}.yaml", catalogue=Catalogue(), corpora=owner.corpora)
    assert plan.name == name
    assert list(plan.corpora) == [name]
    assert [path.name for path in owner.corpora.iterdir() if path.name.startswith(".")] == []


def test_nothing_is_left_when_a_file_cannot_be_taken(owner: Project) -> None:
    with pytest.raises(UsageError, match="no kind that is read"):
        uploads.write(owner, "mine", [("a.md", b"x"), ("b.exe", b"x")])
    assert list(owner.corpora.iterdir()) == []


def test_a_folder_that_cannot_be_written_to_says_so(owner: Project) -> None:
    owner.corpora.rmdir()
    owner.corpora.write_text("a file where the folder should be")
    with pytest.raises(UsageError, match="cannot be written"):
        uploads.write(owner, "mine", [("a.md", b"x")])


def test_the_encoder_is_that_of_the_project_s_other_corpora(owner: Project) -> None:
    def encoder(name: str) -> dict:
        uploads.write(owner, name, [("a.md", b"# One")])
        return read_corpus(owner.corpora / f"{name}.yaml").encoder.model_dump(exclude_defaults=True)

    text = "source: {kind: text, path: x}\nchunks: {kind: sentences}\n"
    (owner.corpora / "first.yaml").write_text(text + "encoder: {model: small, device: cpu}\n")
    (owner.corpora / "broken.yaml").write_text("sauce: 1\n")
    assert encoder("second") == {"model": "small", "device": "cpu"}
    (owner.corpora / "third.yaml").write_text(text)
    assert encoder("fourth") == {}  # they differ: it is the usual one


def test_what_was_written_is_taken_back_but_not_what_was_changed(owner: Project) -> None:
    def left() -> set[str]:
        return {path.name for folder in (owner.corpora, owner.pipelines) for path in folder.glob("mine*")}

    for changed, kept in (("", set()), ("# mine\n", {"mine.yaml"})):
        uploads.write(owner, "mine", [("a.md", b"# One")])
        file = owner.pipelines / "mine.yaml"
        file.write_text(file.read_text() + changed)
        uploads.take_back(owner, "mine")
        assert left() == kept
        assert not (owner.corpora / "mine.yaml").exists()
