"""Which process a run belongs to, and whether it still lives: a run that never ended is running, or was killed."""

from __future__ import annotations

import os
import socket
from pathlib import Path


def this_process() -> str:
    """``host:pid:start``, where ``start`` tells this process from a later one with its number (empty if unknown)."""
    return f"{socket.gethostname()}:{os.getpid()}:{_start_of(os.getpid())}"


def is_alive(owner: str) -> bool:
    """True when the process is known to live; of a process on another machine nothing is known."""
    host, pid, start = owner.rsplit(":", 2)
    if host != socket.gethostname() or os.name != "posix":  # elsewhere a signal 0 would end the process
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return _start_of(int(pid)) == start


def _start_of(pid: int) -> str:
    """The process's start in clock ticks since boot, from Linux's ``/proc/<pid>/stat`` (field 22); else empty."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    after_name = stat.rpartition(")")[2].split()
    return "" if after_name[0] == "Z" else after_name[19]  # a zombie has ended
