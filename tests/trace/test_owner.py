"""Whose run it is, and whether that process lives."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ragkit.trace.owner import is_alive, this_process

on_linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc, not Windows")


def test_this_process_lives() -> None:
    assert is_alive(this_process())


def test_a_process_that_ended_does_not() -> None:
    code = "from ragkit.trace.owner import this_process; print(this_process())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not is_alive(done.stdout.strip())


def test_of_another_machine_nothing_is_known() -> None:
    assert not is_alive(f"elsewhere:{os.getpid()}:1")


@on_linux
def test_a_later_process_with_the_same_number_is_another() -> None:
    host, pid, start = this_process().rsplit(":", 2)
    assert not is_alive(f"{host}:{pid}:{int(start) - 1}")


@on_linux
def test_a_process_that_ended_and_was_not_waited_for_is_dead() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    host, _, _ = this_process().rsplit(":", 2)
    stat = Path(f"/proc/{child.pid}/stat")
    owner = f"{host}:{child.pid}:{stat.read_text().rpartition(')')[2].split()[19]}"
    assert is_alive(owner)
    child.kill()
    while ") Z " not in stat.read_text():
        pass
    assert not is_alive(owner)
    child.wait()
    assert not is_alive(owner)
