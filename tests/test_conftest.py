"""The guards that the conftest puts up do guard."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests import conftest

ELSEWHERE = "198.51.100.1"  # reserved for documentation; nobody is there


@pytest.fixture
def log() -> Iterator[Path]:
    """The list of refused attempts; what a test of this file put into it is taken out again."""
    path = Path(os.environ[conftest.NETWORK_LOG])
    yield path
    path.unlink(missing_ok=True)


def test_the_network_is_refused_and_written_down(log: Path) -> None:
    with socket.socket() as plug, pytest.raises(PermissionError, match="may not use the network"):
        plug.connect((ELSEWHERE, 80))
    with pytest.raises(PermissionError):
        socket.getaddrinfo("ragkit.invalid", 80)
    assert log.read_text().splitlines() == [f"socket.connect {ELSEWHERE}", "socket.getaddrinfo ragkit.invalid"]


def test_a_started_python_is_refused_too(log: Path) -> None:
    code = f"import socket\ntry:\n    socket.create_connection(({ELSEWHERE!r}, 80))\nexcept OSError:\n    pass"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert ELSEWHERE in log.read_text()


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as plug:
        plug.sendall(b"x")
    assert not Path(os.environ[conftest.NETWORK_LOG]).exists()


def test_each_test_has_its_own_home(own_home: Path, tmp_path: Path) -> None:
    assert own_home.is_relative_to(tmp_path)
    assert os.environ["RAGKIT_HOME"] == str(own_home)
    assert not own_home.exists()


def test_only_known_reasons_may_skip_in_ci() -> None:
    assert conftest.skip_is_a_failure("not today")
    assert not conftest.skip_is_a_failure(f"Skipped: {conftest.NO_SHARED}")


@pytest.fixture
def elsewhere(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the tests of these files under a copy of the conftest: ``elsewhere(files, *options, **environment)``."""

    def run(files: dict[str, str], *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
        folder = tmp_path / "elsewhere"
        (folder / "offline").mkdir(parents=True, exist_ok=True)
        for name in ("conftest.py", "offline/sitecustomize.py"):
            (folder / name).write_text((conftest.OFFLINE.parent / name).read_text())
        (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    slow: s\n    clock: c\n    browser: b\n")
        for name, text in files.items():
            (folder / name).write_text(text)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
        own = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        return subprocess.run(command, cwd=folder, env={**own, **environment}, capture_output=True, text=True)

    return run


def test_a_skip_in_ci_fails_the_run(elsewhere: Callable) -> None:
    codes = {}
    for ci in ("true", ""):
        done = elsewhere({"test_it.py": "import pytest\ndef test_it():\n    pytest.skip('not today')\n"}, CI=ci)
        codes[ci] = done.returncode, "does not list: Skipped: not today" in done.stdout
    assert codes == {"true": (1, True), "": (0, False)}


@pytest.mark.slow
def test_two_workers_take_whole_files_and_a_clock_stands_alone(elsewhere: Callable, tmp_path: Path) -> None:
    """Every test writes down when it begins and ends; beside the clock there is nothing, and each runs once."""
    told = tmp_path / "told"
    noting = f"""
import os, time, pytest
def note(name, seconds):
    for word in ("begins", "ends"):
        with open({str(told)!r}, "a") as file:
            file.write(f"{{name}} {{word}} {{os.environ['PYTEST_XDIST_WORKER']}}\\n")
        time.sleep(seconds)
"""
    eight = "@pytest.mark.parametrize('n', range(8))\ndef test_OF(n):\n    note(f'FILE-OF-{n}', 0.05)\n"
    clock = "@pytest.mark.clock\ndef test_clock():\n    note('clock-FILE', 0.2)\n"
    text = noting + eight.replace("OF", "before") + clock + eight.replace("OF", "after")
    files = {f"test_{file}.py": text.replace("FILE", file) for file in "abcd"}
    done = elsewhere(files, "-n", "2")
    assert done.returncode == 0, done.stdout
    lines = [line.split() for line in told.read_text().splitlines()]
    each = [f"{file}-{of}-{n}" for file in "abcd" for of in ("before", "after") for n in range(8)]
    each += [f"clock-{file}" for file in "abcd"]
    assert sorted(name for name, word, _ in lines if word == "begins") == sorted(each)
    workers = {(name.removeprefix("clock-").split("-")[0], worker) for name, _, worker in lines}
    assert len(workers) == 4, "a file was shared out"
    running: set[str] = set()
    for name, _, _ in lines:
        running ^= {name}
        assert len(running) < 2 or not any(one.startswith("clock") for one in running), running


def test_browsers_come_first_and_then_what_has_most_that_is_slow() -> None:
    def item(file: str, *marks: str) -> SimpleNamespace:
        return SimpleNamespace(path=file, get_closest_marker=lambda name: name if name in marks else None)

    given = [item("a"), item("b", "slow"), item("b"), item("c", "slow"), item("c", "slow"), item("d", "browser")]
    assert [each.path for each in conftest.in_order(given)] == ["d", "c", "c", "b", "b", "a"]
