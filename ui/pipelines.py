"""The pipelines that are loaded, each once for the process, and again when a file of the project has changed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragkit.project import Project

if TYPE_CHECKING:
    from ragkit.engine import Pipeline

Version = tuple[tuple[str, int], ...]


class OpenPipelines:
    """Loads each pipeline once; two who ask for the same one wait for one load, others do not wait at all."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loading: dict[tuple[Path, Path | None], threading.Lock] = {}
        self._open: dict[tuple[Path, Path | None], tuple[Version, Pipeline]] = {}

    def get(
        self, file: Path, project: Project, tell: Callable[[str], None], progress: Any = None, *,
        overlay: Path | None = None,
    ) -> Pipeline:  # fmt: skip
        """The pipeline of a file as the file is now. One that is in use when its file changes ends its runs in peace.

        Args:
            file: The YAML file.
            project: Its project.
            tell: Is told what is being built and why.
            progress: Is handed to an index build.
            overlay: An overlay to lay over it.

        Raises:
            RagkitError: The file has errors, or its index cannot be built.
        """
        from ragkit.engine import Pipeline

        key = file, overlay
        with self._lock:
            turn = self._loading.setdefault(key, threading.Lock())
        with turn:
            version = fingerprint(project)
            held = self._open.get(key)
            if held is None or held[0] != version:
                held = version, Pipeline.load(file, project=project, overlay=overlay, tell=tell, progress=progress)
                self._open[key] = held
            return held[1]


def fingerprint(project: Project) -> Version:
    """What a pipeline depends on in its project: its YAML and trained files and those of the corpora, with their times.

    An index that was built anew is no reason to load again: readers look at its pointer at each run.
    """
    found = []
    for folder, pattern in ((project.pipelines, "**/*.yaml"), (project.pipelines, "**/*.json"),
                            (project.corpora, "*.yaml")):  # fmt: skip
        for file in folder.glob(pattern):
            try:
                found.append((str(file), file.stat().st_mtime_ns))
            except OSError:  # it went away between the two calls; the next look does not find it
                continue
    return tuple(sorted(found))
