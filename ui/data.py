"""What the pages read: the project, its pipelines, its runs. Models and indexes are loaded once for the process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from ragkit.errors import RagkitError
from ragkit.evaluate.report import ERROR
from ragkit.evaluate.results import Results, SavedResult
from ragkit.project import Project
from ragkit.spec.plan import Plan
from ragkit.trace.store import TraceStore
from ui.chats import Chats
from ui.examples import Example, examples_of
from ui.overlays import Laid, laid
from ui.pairs import Pairs
from ui.pipelines import OpenPipelines, fingerprint
from ui.runs import Runs
from ui.variants import Variant, variants_of


def project() -> Project:
    """The project that the app was started for.

    Raises:
        UsageError: There is none.
    """
    return Project.find(Path.cwd())


def pipelines() -> list[str]:
    """The names of the pipeline files, relative to the project's folder of pipelines."""
    folder = project().pipelines
    return [
        file.relative_to(folder).as_posix() for file in _yaml(folder) if _laid(file, file.stat().st_mtime_ns) is None
    ]


def variants(name: str) -> dict[str, Variant]:
    """The profiles and overlays of a pipeline, by their names.

    None for a pipeline with errors: those are told where it is used.
    """
    folder = project().pipelines
    found = {file: laid for file in _yaml(folder) if (laid := _laid(file, file.stat().st_mtime_ns)) is not None}
    try:
        return variants_of(plan(name), folder, found)
    except RagkitError:
        return {}


def pipeline_file(name: str) -> Path:
    """The file of a pipeline that ``pipelines()`` listed.

    Raises:
        KeyError: It is none of them: what stands in an address leads to no other file.
    """
    if name not in pipelines():
        raise KeyError(name)
    return project().pipelines / name


def store() -> TraceStore | None:
    """The project's traces; None where nothing was ever run, so that looking makes no file."""
    path = project().state / "traces.db"
    return _store(path, project().trace_content) if path.is_file() else None


def plan(name: str) -> Plan:
    """A checked pipeline; nothing of it is loaded.

    Raises:
        SpecError: The file has errors.
    """
    owner = project()
    return _plan(owner.root, pipeline_file(name), owner.corpora, fingerprint(owner))


def examples(name: str) -> list[Example]:
    """A question of each kind for the corpora of a pipeline, where the project has any."""
    folder = project().corpora
    return [found for corpus in plan(name).corpora for found in _examples(folder / corpus / "questions.jsonl")]


def results() -> Results:
    """The saved evaluations of the project."""
    return Results(project().state)


def evaluated(saved: SavedResult) -> Sequence[Mapping[str, Any]]:
    """The questions of a saved result, each with its metrics and why it failed; without passages and answers.

    Raises:
        EvaluationError: The rows are gone or damaged.
    """
    return _evaluated(saved.folder, saved.mark, saved)


def chats() -> Chats:
    """The conversations of the project."""
    owner = project()
    return Chats(owner.state / "chats", owner.trace_content)


@st.cache_resource
def opened() -> OpenPipelines:
    """The pipelines that are loaded, for everybody who uses the app."""
    return OpenPipelines()


@st.cache_resource
def runs() -> Runs:
    """The questions that are being answered."""
    return Runs()


@st.cache_resource
def pairs() -> Pairs:
    """The questions that are asked of two pipelines."""
    return Pairs()


@st.cache_resource(max_entries=4)
def _store(path: Path, content: bool) -> TraceStore:
    return TraceStore(path, content=content)


@st.cache_data(max_entries=512, show_spinner=False)
def _laid(file: Path, mark: int) -> Laid | None:
    return laid(file)


@st.cache_resource(max_entries=64, show_spinner=False)
def _plan(root: Path, file: Path, corpora: Path, version: Any) -> Plan:
    from ragkit.components.catalogue import Catalogue
    from ragkit.spec.load import load

    return load(file, catalogue=Catalogue(), corpora=corpora)


@st.cache_resource(max_entries=16, show_spinner=False)
def _evaluated(folder: Path, mark: int, _saved: SavedResult) -> Sequence[Mapping[str, Any]]:
    return [
        {
            **{name: row.get(name) for name in ("id", "kind", "question", "trace_id", "metrics")},
            "cause": ERROR if row.get("error") is not None else (row.get("cause") or {}).get("cause"),
            "detail": (row.get("error") or {}).get("message") or (row.get("cause") or {}).get("detail"),
        }
        for row in _saved.rows()
    ]


@st.cache_data(max_entries=16, show_spinner=False, ttl=300)
def _examples(path: Path) -> list[Example]:
    return examples_of(path)


def _yaml(folder: Path) -> list[Path]:
    """Every YAML file below a folder, sorted by path."""
    return sorted(file for file in folder.glob("**/*.yaml") if _inside(file, folder))


def _inside(file: Path, folder: Path) -> bool:
    """A link that leads out of the project is no file of it."""
    return file.is_file() and file.resolve().is_relative_to(folder.resolve())
