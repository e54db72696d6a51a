"""Whether the files of a corpus are those that its index was built from."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from ragkit.corpus.index.manifest import SourceFile


def look_at(files: Iterable[Path], base: Path) -> tuple[SourceFile, ...]:
    """The files as they are now. Taken before they are read: a change while they are read makes the index stale.

    A file that cannot be read has no digest here; its reader tells it, with all others of its kind.
    """
    return tuple(_entry(path, base) for path in files)


def unchanged(files: Sequence[Path], base: Path, then: Sequence[SourceFile]) -> bool:
    """True when these are the same files with the same content; content is read only where size or time differ."""
    if [_relative(path, base) for path in files] != [entry.path for entry in then]:
        return False
    for path, entry in zip(files, then, strict=True):
        try:
            stat = path.stat()
            if stat.st_size != entry.size:
                return False
            if stat.st_mtime_ns != entry.modified and _digest(path) != entry.sha256:
                return False
        except OSError:
            return False
    return True


def _entry(path: Path, base: Path) -> SourceFile:
    try:
        stat = path.stat()
        return SourceFile(_relative(path, base), stat.st_size, stat.st_mtime_ns, _digest(path))
    except OSError:
        return SourceFile(_relative(path, base), 0, 0, "")


def _relative(path: Path, base: Path) -> str:
    return Path(os.path.relpath(path, base)).as_posix()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
