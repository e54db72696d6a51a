"""The lock of a build: one at a time, and the operating system lets go of it when its process dies."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from types import TracebackType

from filelock import FileLock, Timeout

from ragkit.corpus.files import read_json, write_json
from ragkit.corpus.index.layout import IndexFolder
from ragkit.errors import IndexBusy

_POLL = 0.2


class BuildLock:
    """Held by the one process that builds an index.

    Args:
        folder: The index.
        corpus: The corpus's name, for messages.
        wait: Wait for the other build to end; without it, it is an error.
        told: Is handed one sentence, once, when there is something to wait for.

    Raises:
        IndexBusy: On entering, when another build runs and ``wait`` is false.
    """

    def __init__(self, folder: IndexFolder, corpus: str, wait: bool, told: Callable[[str], None]) -> None:
        self._folder = folder
        self._corpus = corpus
        self._wait = wait
        self._told = told
        # Not a singleton and not shared by threads: two builds in one process must exclude each other too.
        self._lock = FileLock(str(folder.lock), thread_local=False)

    def __enter__(self) -> BuildLock:
        self._folder.root.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            if not self._wait:
                raise IndexBusy(
                    f"the index of {self._corpus!r} is being built by {self._holder()}",
                    hint="wait until it has ended, or build with waiting on",
                ) from None
            self._told(f"waiting for {self._holder()}, which is building the index of {self._corpus!r}")
            self._lock.acquire(poll_interval=_POLL)
        write_json(self._folder.builder, {"pid": os.getpid(), "host": socket.gethostname(), "since": time.time()})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._folder.builder.unlink(missing_ok=True)
        self._lock.release()

    def _holder(self) -> str:
        found = read_json(self._folder.builder)
        if not isinstance(found, dict):
            return "another process"
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(found["since"]))
        where = "" if found["host"] == socket.gethostname() else f" on {found['host']}"
        return f"process {found['pid']}{where} (since {since})"
