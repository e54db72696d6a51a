"""The pipelines that are served, each under its name, checked at the start and opened once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ragkit.components.catalogue import Catalogue
from ragkit.engine import Pipeline
from ragkit.errors import SpecError, UsageError, did_you_mean
from ragkit.project import Project
from ragkit.spec.load import load
from ragkit.spec.overlay import is_overlay


@dataclass
class Served:
    """One pipeline: its name, its file, what it says of itself, and when the file was changed (Unix seconds)."""

    name: str
    file: Path
    description: str
    changed: int
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _pipeline: Pipeline | None = None


class Shelf:
    """Opens each pipeline when it is first asked, once for the process; those who ask meanwhile wait for it.

    A file that changes while the server runs is not read again: what is served is what was checked.

    Args:
        project: The project.
        build: False makes a missing or stale index an error.
        tell: Is told what is being built and why.
    """

    def __init__(
        self, project: Project, *, build: bool = True, tell: Callable[[str], None] = lambda text: None
    ) -> None:
        self._project = project
        self._build = build
        self._tell = tell
        self._served: dict[str, Served] = {}

    def __len__(self) -> int:
        return len(self._served)

    @property
    def all(self) -> Sequence[Served]:
        """Every pipeline, by name."""
        return [self._served[name] for name in sorted(self._served)]

    def add(self, file: Path, name: str) -> Served:
        """Checks a file and takes it up.

        Raises:
            SpecError: It has errors.
            UsageError: Another file has this name.
        """
        if name in self._served:
            first = self._served[name].file
            raise UsageError(f"two pipelines are called {name!r}: {first} and {file}", hint="rename one of the files")
        plan = load(file, catalogue=Catalogue(), corpora=self._project.corpora)
        self._served[name] = Served(name, file, plan.description, int(file.stat().st_mtime))
        return self._served[name]

    def get(self, name: str) -> Served:
        """The pipeline of that name.

        Raises:
            KeyError: There is none; the text names the nearest.
        """
        if name not in self._served:
            nearest = did_you_mean(name, self._served) or "; GET /v1/models lists those that are"
            raise KeyError(f"there is no pipeline {name!r}{nearest}")
        return self._served[name]

    def open(self, served: Served) -> Pipeline:
        """The pipeline, loaded and warm.

        Raises:
            RagkitError: Its file was broken since, or its index cannot be built.
        """
        with served._lock:
            if served._pipeline is None:
                pipeline = Pipeline.load(served.file, project=self._project, build=self._build, tell=self._tell)
                pipeline.warm_up()
                served._pipeline = pipeline
            return served._pipeline

    def close(self) -> None:
        """Closes what was opened."""
        for served in self._served.values():
            if served._pipeline is not None:
                served._pipeline.close()
                served._pipeline = None


def fill(shelf: Shelf, named: Sequence[Path], folder: Path) -> Mapping[str, SpecError]:
    """Takes up the pipelines that were named, or every sound one of a folder and the folders in it.

    A pipeline's name is that of its file without ``.yaml``; below the folder its path, ``methods/crag``.

    Returns:
        The errors of the files in the folder that cannot be served, by name.

    Raises:
        SpecError: One that was named has errors.
        UsageError: One that was named is no file, two have one name, or nothing can be served.
    """
    broken: dict[str, SpecError] = {}
    for file in named:
        if not file.is_file():
            raise UsageError(f"there is no pipeline file {str(file)!r}")
        shelf.add(file, _name(file, folder))
    if not named:
        for file in sorted(folder.rglob("*.yaml")):
            name = _name(file, folder)
            if is_overlay(file):
                continue
            try:
                shelf.add(file, name)
            except SpecError as error:
                broken[name] = error
    if not len(shelf):
        raise UsageError(f"no pipeline in {folder} can be served", hint="ragkit validate PIPELINE says why")
    return broken


def _name(file: Path, folder: Path) -> str:
    try:
        inside = file.resolve().relative_to(folder.resolve())
    except ValueError:
        return file.stem
    return inside.with_suffix("").as_posix()
