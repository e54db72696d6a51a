"""Versions in use: a lock that the operating system lets go of with its process keeps a version from being deleted."""

from __future__ import annotations

import os
from pathlib import Path

from ragkit.corpus.index.layout import IndexFolder

_MARK = "in-use"


class InUse:
    """Marks a version as read by this process, until it is closed or the process ends.

    Where the system has no shared locks (Windows) an open file cannot be deleted, which serves the same end.

    Raises:
        FileNotFoundError: The version is gone, or went while it was being marked.
    """

    def __init__(self, version: Path) -> None:
        path = version / _MARK
        self._handle = os.open(path, os.O_RDWR)
        try:
            _flock(self._handle, exclusive=False)
            if not os.path.samestat(os.fstat(self._handle), os.stat(path)):
                raise FileNotFoundError(str(path))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Lets the version go."""
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)


def make_mark(version: Path) -> None:
    """Writes the file that readers of this version hold."""
    (version / _MARK).touch()


def remove_unless_in_use(folder: IndexFolder, version: Path) -> bool:
    """Deletes a version that no process reads; False when one does."""
    try:
        handle = os.open(version / _MARK, os.O_RDWR)
    except FileNotFoundError:
        folder.remove(version)
        return True
    try:
        if not _flock(handle, exclusive=True, wait=False):
            return False
        # The lock is kept while the folder goes: a reader that waits for it then finds the version gone.
        folder.remove(version)
        return True
    finally:
        os.close(handle)


def _flock(handle: int, *, exclusive: bool, wait: bool = True) -> bool:
    if os.name != "posix":
        return True
    import fcntl

    kind = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
    try:
        fcntl.flock(handle, kind if wait else kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
