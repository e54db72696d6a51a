"""Locks between real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ragkit.corpus.index import in_use
from ragkit.corpus.index.in_use import InUse, make_mark, remove_unless_in_use
from ragkit.corpus.index.layout import IndexFolder
from ragkit.corpus.index.lock import BuildLock
from ragkit.errors import IndexBusy

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX locks")
HOLD = """
import sys, time
from pathlib import Path
from ragkit.corpus.index import in_use
from ragkit.corpus.index.layout import IndexFolder
from ragkit.corpus.index.in_use import InUse
from ragkit.corpus.index.lock import BuildLock
folder = IndexFolder(Path(sys.argv[1]))
held = BuildLock(folder, "papers", True, print).__enter__() if len(sys.argv) == 2 else InUse(Path(sys.argv[2]))
print("held", flush=True)
sys.stdin.read()
"""


def holder(*arguments: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def version(folder: IndexFolder, name: str) -> Path:
    path = folder.versions / name
    path.mkdir(parents=True)
    make_mark(path)
    return path


def no_word(message: str) -> None:
    raise AssertionError(message)


def test_another_build_says_who_holds_the_lock(tmp_path: Path) -> None:
    folder = IndexFolder(tmp_path)
    process = holder(str(tmp_path))
    try:
        with pytest.raises(IndexBusy) as busy, BuildLock(folder, "papers", False, no_word):
            pass
        assert f"the index of 'papers' is being built by process {process.pid} (since 20" in str(busy.value)
    finally:
        end(process)


@posix
def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    process = holder(str(tmp_path))
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    with BuildLock(IndexFolder(tmp_path), "papers", False, no_word):
        assert IndexFolder(tmp_path).builder.is_file()
    assert not IndexFolder(tmp_path).builder.exists()


def test_a_build_that_waits_says_so_and_goes_on_when_the_other_ends(tmp_path: Path) -> None:
    process = holder(str(tmp_path))
    told: list[str] = []

    def tell(text: str) -> None:
        told.append(text)
        threading.Timer(0.3, process.kill).start()

    with BuildLock(IndexFolder(tmp_path), "papers", True, tell):
        assert process.wait(10) < 0, "the other was still building"
    process.communicate()
    assert len(told) == 1
    assert told[0].startswith(f"waiting for process {process.pid}")


def test_two_builds_in_one_process_exclude_each_other(tmp_path: Path) -> None:
    folder = IndexFolder(tmp_path)
    with BuildLock(folder, "papers", False, no_word), pytest.raises(IndexBusy):
        BuildLock(folder, "papers", False, no_word).__enter__()


@posix
def test_a_version_that_another_process_reads_stays(tmp_path: Path) -> None:
    folder = IndexFolder(tmp_path)
    path = version(folder, "000001-aa")
    process = holder(str(tmp_path), str(path))
    try:
        assert not remove_unless_in_use(folder, path)
        assert path.is_dir()
    finally:
        end(process)
    assert remove_unless_in_use(folder, path)
    assert not path.exists()
    assert folder.leftovers() == []


@posix
def test_several_readers_hold_a_version_until_the_last_lets_go(tmp_path: Path) -> None:
    folder = IndexFolder(tmp_path)
    path = version(folder, "000001-aa")
    first, second = InUse(path), InUse(path)
    first.close()
    assert not remove_unless_in_use(folder, path)
    second.close()
    second.close()
    assert remove_unless_in_use(folder, path)
    with pytest.raises(FileNotFoundError):
        InUse(path)


@posix
def test_a_reader_that_waited_while_its_version_went_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = IndexFolder(tmp_path)
    path = version(folder, "000001-aa")
    held = in_use._flock

    def waits(handle: int, *, exclusive: bool, wait: bool = True) -> bool:
        if not exclusive:
            folder.remove(path)
            version(folder, "000001-aa")
        return held(handle, exclusive=exclusive, wait=wait)

    monkeypatch.setattr(in_use, "_flock", waits)
    with pytest.raises(FileNotFoundError):
        InUse(path)


def test_names_of_versions_rise_and_the_pointer_is_replaced(tmp_path: Path) -> None:
    folder = IndexFolder(tmp_path)
    assert folder.published() is None
    assert folder.pointer_state() is None
    states = []
    for number in (1, 2):
        name = folder.new_version()
        assert name.startswith(f"{number:06d}-")
        folder.building(name).mkdir(parents=True)
        assert folder.leftovers() == [folder.building(name)]
        folder.publish(name)
        assert folder.published() == name
        states.append(folder.pointer_state())
    assert states[0] != states[1]
    assert [path.name[:6] for path in folder.old_versions()] == ["000001"]
    assert folder.leftovers() == []


def test_a_new_version_is_never_named_like_one_that_was_published(tmp_path: Path) -> None:
    folder = IndexFolder(tmp_path)
    folder.root.mkdir(exist_ok=True)
    folder.pointer.write_text('{"version": "000041-aa"}')
    assert folder.new_version().startswith("000042-")
