"""What the shell offers when a person presses the tabulator: corpora, components, runs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ragkit.errors import RagkitError
from ragkit.project import Project

RUNS = 20
"""The most runs that are offered."""


def corpora(incomplete: str) -> list[str]:
    """The project's corpora."""
    try:
        folder = Project.find(Path.cwd()).corpora
    except RagkitError:
        return []
    return _beginning(incomplete, sorted(file.stem for file in folder.glob("*.yaml")))


def components(incomplete: str) -> list[str]:
    """The names of components."""
    from ragkit.components.catalogue import Catalogue

    return _beginning(incomplete, Catalogue().names())


def roles(incomplete: str) -> list[str]:
    """The roles of components."""
    from ragkit.components.catalogue import Catalogue

    return _beginning(incomplete, sorted({name.split(".")[0] for name in Catalogue().names()}))


def runs(incomplete: str) -> list[tuple[str, str]]:
    """The latest runs, each with its question."""
    from ragkit.trace.store import TraceStore

    try:
        file = Project.find(Path.cwd()).state / "traces.db"
        if not file.is_file():
            return []
        with TraceStore(file, content=True) as store:
            found = [(row.id[:8], row.question) for row in store.list(RUNS)]
    except RagkitError:
        return []
    return [(id, question) for id, question in found if id.startswith(incomplete)]


def _beginning(incomplete: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]
