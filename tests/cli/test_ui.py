"""``ragkit ui``: what it starts, and what it says before it starts anything."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from ragkit.cli.ui import command


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_taken_port_is_said_with_another(ragkit: Callable, project: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        shown = ragkit("ui", "--port", port)
    assert shown.exit_code == 2
    assert f"cannot listen at 127.0.0.1:{port}: address already in use" in shown.stderr
    assert f"ragkit ui --port {port + 1 if port < 65535 else 8501}" in shown.stderr


def test_a_host_that_has_no_address_is_said(ragkit: Callable, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> list:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    shown = ragkit("ui", "--host", "no-such-host")
    assert shown.exit_code == 2
    assert "--host 'no-such-host' is not an address: Name or service not known" in shown.stderr


def test_outside_a_project_it_says_how_to_make_one(ragkit: Callable, folder: Path) -> None:
    shown = ragkit("ui")
    assert shown.exit_code == 2
    assert "ragkit init" in shown.stderr


def test_it_listens_to_this_machine_and_tells_nobody() -> None:
    line = command(Path("main.py"), "127.0.0.1", 8501, browser=False)
    flags = dict(zip(line[5::2], line[6::2], strict=True))
    assert flags["--server.address"] == "127.0.0.1"
    assert flags["--browser.gatherUsageStats"] == "false"
    assert flags["--server.headless"] == "true"
    assert flags["--client.showErrorDetails"] == "type"  # no traceback reaches whoever reaches the app


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="needs signals")
def test_it_serves_until_it_is_told_to_end_and_leaves_nothing(python: str, project: Path) -> None:
    port = free_port()
    line = [python, "-m", "ragkit", "ui", "--no-browser", "--port", str(port)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as server:
        try:
            deadline = time.monotonic() + 60
            while True:
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5) as reply:
                        assert reply.read() == b"ok"
                    break
                except OSError:
                    assert server.poll() is None, server.stderr.read()
                    assert time.monotonic() < deadline
                    time.sleep(0.2)
        finally:
            server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=30) == 0
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
