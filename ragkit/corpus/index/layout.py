"""Where an index keeps its files.

::

    <state>/indexes/<corpus>/
        lock            held while a build runs
        builder.json    who holds it
        vectors.sqlite  every vector that was encoded, by the hash of its text
        current.json    the pointer: which version is published
        versions/000003-5f1c2a9e/
            manifest.json  passages.jsonl  rows.npy  vectors.npy  sentences/  bm25/  chroma/  in-use
"""

from __future__ import annotations

import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ragkit.corpus.files import flush_folder, read_json, write_json

_BUILDING, _LEAVING = ".building-", ".leaving-"


@dataclass(frozen=True, slots=True)
class IndexFolder:
    """The folder of one corpus's index, and the names in it."""

    root: Path

    @property
    def lock(self) -> Path:
        """Held while a build runs."""
        return self.root / "lock"

    @property
    def builder(self) -> Path:
        """Who holds the lock."""
        return self.root / "builder.json"

    @property
    def journal(self) -> Path:
        """The vectors that were encoded."""
        return self.root / "vectors.sqlite"

    @property
    def pointer(self) -> Path:
        """Which version is published."""
        return self.root / "current.json"

    @property
    def versions(self) -> Path:
        """The folder of the versions."""
        return self.root / "versions"

    def published(self) -> str | None:
        """The published version; None when there is none."""
        found: Any = read_json(self.pointer)
        return found.get("version") if isinstance(found, dict) else None

    def pointer_state(self) -> tuple[int, int, int] | None:
        """Changes whenever the pointer is replaced; None when there is none. Costs one stat."""
        try:
            stat = os.stat(self.pointer)
        except FileNotFoundError:
            return None
        return stat.st_mtime_ns, stat.st_ino, stat.st_size

    def new_version(self) -> str:
        """A name that no version has had: the next number, and chance."""
        numbers = [int(path.name[:6]) for path in self._all() if path.name[:6].isdigit()]
        pointed = self.published()
        if pointed is not None and pointed[:6].isdigit():
            numbers.append(int(pointed[:6]))
        return f"{max(numbers, default=0) + 1:06d}-{secrets.token_hex(4)}"

    def building(self, version: str) -> Path:
        """The folder in which a version is written; it is renamed when it is whole."""
        return self.versions / f"{_BUILDING}{version}"

    def publish(self, version: str) -> None:
        """Makes a version that is whole the published one."""
        self.building(version).rename(self.versions / version)
        flush_folder(self.versions)
        write_json(self.pointer, {"version": version})

    def leftovers(self) -> list[Path]:
        """Folders of builds that did not end, and of versions whose deletion did not end."""
        return [path for path in self._all() if path.name.startswith((_BUILDING, _LEAVING))]

    def old_versions(self) -> list[Path]:
        """Every version but the published one."""
        published = self.published()
        return [path for path in self._all() if not path.name.startswith(".") and path.name != published]

    def remove(self, version: Path) -> None:
        """Deletes a folder of ``versions``; a crash in between leaves something that ``leftovers`` finds."""
        if not version.name.startswith("."):
            leaving = version.with_name(f"{_LEAVING}{version.name}")
            version.rename(leaving)
            version = leaving
        shutil.rmtree(version, ignore_errors=True)

    def _all(self) -> list[Path]:
        return sorted(path for path in self.versions.iterdir() if path.is_dir()) if self.versions.is_dir() else []
