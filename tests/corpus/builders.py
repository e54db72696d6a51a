"""Builds in processes of their own, that can be killed.

Importing torch takes longer than building a small index, so one process imports everything and every build is a fork of
it: a real process, with its own locks and files, and a real SIGKILL.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NURSERY = """
import json, os, sys, traceback
from pathlib import Path
import chromadb, bm25s, onnxruntime, sentence_transformers, torch
from ragkit.corpus.corpus import Corpus
from tests.corpus.corpora import answers

torch.set_num_threads(1)

def work(order):
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def tell(**what):
        os.write(log, json.dumps(what).encode() + b"\\n")

    try:
        corpus = Corpus(Path(order["path"]), Path(order["state"]))
        if order["do"] == "ask":
            over = False
            while not over:
                over = os.path.exists(order["until"])  # and asked once more, so that the last answer is from after it
                reader = corpus.reader()
                tell(version=reader.version, answers=answers(reader))
        else:
            def progress(report):
                tell(stage=report.stage, done=report.done, message=report.message)

            report = corpus.build(progress, wait=order.get("wait", True))
            tell(built=report.built, encoded=report.encoded, reused=report.reused, version=report.version)
    except BaseException as error:
        tell(error=type(error).__name__, text=str(error), trace=traceback.format_exc())

print("ready", flush=True)
for line in sys.stdin:
    pid = os.fork()
    if pid == 0:
        work(json.loads(line))
        os._exit(0)
    print(pid, flush=True)
"""


class Builder:
    """One forked process, and what it has told so far."""

    def __init__(self, pid: int, log: Path) -> None:
        self.pid = pid
        self.log = log

    def told(self) -> list[dict[str, Any]]:
        """What it has told; a line that was cut by a kill is left out."""
        lines = self.log.read_text().splitlines(keepends=True) if self.log.exists() else []
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def kill(self) -> None:
        """Kills it as `kill -9` does; nothing when it has ended."""
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.wait()

    def wait(self, seconds: float = 120) -> list[dict[str, Any]]:
        """Waits until it has ended and returns what it told."""
        end = time.monotonic() + seconds
        while _runs(self.pid):
            assert time.monotonic() < end, f"process {self.pid} still runs: {self.told()[-3:]}"
            time.sleep(0.01)
        return self.told()

    def result(self) -> dict[str, Any]:
        """The last thing it told, when it has ended; it must be no error."""
        last = self.wait()[-1]
        assert "error" not in last, last["trace"]
        return last


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in ("Z", "X")


class Nursery:
    """Starts builders."""

    def __init__(self, process: subprocess.Popen[str], logs: Path) -> None:
        self._process = process
        self._logs = logs
        self._count = 0

    def start(self, path: Path, state: Path, do: str = "build", **more: Any) -> Builder:
        """A new process that builds the index of a corpus file, or asks it until a file is there."""
        self._count += 1
        log = self._logs / f"{self._count}.log"
        order: Mapping[str, Any] = {"path": str(path), "state": str(state), "do": do, "log": str(log), **more}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return Builder(int(self._process.stdout.readline()), log)


@contextmanager
def nursery(folder: Path, repository: Path) -> Iterator[Nursery]:
    """A process that has imported all that a build needs."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(repository), os.environ.get("PYTHONPATH", "")])}
    with subprocess.Popen(
        [sys.executable, "-c", NURSERY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield Nursery(process, folder)
        finally:
            process.kill()
