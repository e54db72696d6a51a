"""Ctrl-C that is not lost: Python drops an exception that is raised inside a callback of a library, and goes on.

And some libraries, stopped while they are imported, raise an error of their own in its place.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator

from ragkit.errors import RagkitError

_seen = threading.Event()
LINGER = 2.0
"""Seconds that threads have to end by themselves after an interruption: requests to an LM can take minutes."""


@contextlib.contextmanager
def remembered() -> Iterator[None]:
    """While the block runs, SIGINT is remembered besides raising ``KeyboardInterrupt``, where that is what it does.

    Raises:
        KeyboardInterrupt: After a SIGINT the block ended in an error that nobody foresaw: it is what became of it.
    """
    usual = signal.default_int_handler
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGINT) is not usual:
        yield
        return

    def remember(number: int, frame: object) -> None:
        _seen.set()
        raise KeyboardInterrupt

    _seen.clear()
    signal.signal(signal.SIGINT, remember)
    try:
        yield
    except Exception as error:
        foreseen = isinstance(error, RagkitError) or type(error).__module__.startswith("typer.")
        if _seen.is_set() and not foreseen:
            raise KeyboardInterrupt from error
        raise
    finally:
        if signal.getsignal(signal.SIGINT) is remember:
            signal.signal(signal.SIGINT, usual)
        _seen.clear()


def check() -> None:
    """Called now and then by what takes long.

    Raises:
        KeyboardInterrupt: There was a SIGINT whose exception went nowhere.
    """
    if _seen.is_set():
        raise KeyboardInterrupt


def forget() -> None:
    """The interruption has been heeded, and what was begun goes on without what was interrupted."""
    _seen.clear()


def leave(code: int) -> None:
    """Ends the process, where threads that still wait for an LM would keep it: ``LINGER`` seconds from now at most."""
    until = time.monotonic() + LINGER
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(max(until - time.monotonic(), 0.0))
            if thread.is_alive():
                for stream in (sys.stdout, sys.stderr):
                    with contextlib.suppress(Exception):
                        stream.flush()
                os._exit(code)
