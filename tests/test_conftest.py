"""The guards that the conftest puts up do guard."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

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


def test_a_skip_in_ci_fails_the_run(tmp_path: Path, repository: Path) -> None:
    conf = (repository / "tests" / "conftest.py").read_text()
    (tmp_path / "conftest.py").write_text(conf)
    (tmp_path / "offline").mkdir()
    (tmp_path / "offline" / "sitecustomize.py").write_text((conftest.OFFLINE / "sitecustomize.py").read_text())
    (tmp_path / "test_it.py").write_text("import pytest\ndef test_it():\n    pytest.skip('not today')\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(tmp_path),
        str(tmp_path),
    ]
    codes = {}
    for ci in ("true", ""):
        done = subprocess.run(command, cwd=tmp_path, env={**os.environ, "CI": ci}, capture_output=True, text=True)
        codes[ci] = done.returncode, "does not list: Skipped: not today" in done.stdout
    assert codes == {"true": (1, True), "": (0, False)}
