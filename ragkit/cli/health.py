"""The checks of ``ragkit doctor``: what is there, what is not, and how to mend it."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ragkit.cli import console
from ragkit.errors import RagkitError, SpecError
from ragkit.project import Project

if TYPE_CHECKING:
    from ragkit.corpus.corpus import Corpus

State = Literal["ok", "note", "problem"]
PYTHON = (3, 11)
ENVIRONMENT = (
    "RAGKIT_PROJECT", "RAGKIT_HOME", "RAGKIT_TRACE_CONTENT", "RAGKIT_NO_BUILD", "RAGKIT_CACHE", "RAGKIT_VERBOSE",
    "RAGKIT_SEED", "RAGKIT_LM", "NO_COLOR", "HF_HOME", "HF_HUB_OFFLINE", "PYTHONDONTWRITEBYTECODE", "OMP_NUM_THREADS",
)  # fmt: skip
_REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+).*?(?:extra\s*==\s*['\"]([^'\"]+)['\"])?$")
_SECRET = re.compile(r"(?i)(key|token|secret|password)")


@dataclass(frozen=True, slots=True)
class Check:
    """One finding. A ``note`` is worth knowing, a ``problem`` makes ``doctor`` fail."""

    group: str
    name: str
    state: State
    text: str
    mend: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The finding as plain data."""
        return asdict(self)


def examine(start: Path, explicit: Path | None) -> Iterator[Check]:
    """Every check, in the order in which it is printed."""
    yield from _versions()
    yield from _extras()
    project, checks = _project(start, explicit)
    yield from checks
    if project is not None:
        yield from _corpora(project)
    yield from _environment()


def _versions() -> Iterator[Check]:
    python = platform.python_version()
    if sys.version_info[:2] < PYTHON:
        yield Check("versions", "python", "problem", python, f"ragkit needs Python {PYTHON[0]}.{PYTHON[1]} or newer")
    else:
        yield Check("versions", "python", "ok", f"{python} on {platform.system()} {platform.machine()}")
    for name in ("ragkit", *(package for package, extra in _requirements() if extra is None)):
        version = _version(name)
        if version is None:
            yield Check("versions", name, "problem", "not installed", "pip install --force-reinstall ragkit")
        else:
            yield Check("versions", name, "ok", version)


def _extras() -> Iterator[Check]:
    wanted: dict[str, list[str]] = {}
    for package, extra in _requirements():
        if extra not in (None, "dev"):
            wanted.setdefault(extra, []).append(package)
    for extra, packages in wanted.items():
        missing = [package for package in packages if _version(package) is None]
        if missing:
            yield Check("extras", extra, "note", f"without {', '.join(missing)}", f"pip install 'ragkit[{extra}]'")
        else:
            yield Check("extras", extra, "ok", ", ".join(f"{p} {_version(p)}" for p in packages))


def _requirements() -> list[tuple[str, str | None]]:
    try:
        lines = metadata.requires("ragkit") or []
    except metadata.PackageNotFoundError:
        return []
    found = [_REQUIREMENT.match(line) for line in lines]
    return [(match[1], match[2]) for match in found if match is not None]


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _project(start: Path, explicit: Path | None) -> tuple[Project | None, list[Check]]:
    try:
        project = Project.find(start, explicit)
    except RagkitError as error:
        return None, [Check("project", "project", "problem", error.message, error.hint)]
    checks = [Check("project", "project", "ok", str(project.root))]
    for name, folder in (("corpora", project.corpora), ("pipelines", project.pipelines)):
        files = sorted(folder.glob("*.yaml")) if folder.is_dir() else []
        if files:
            checks.append(Check("project", name, "ok", f"{len(files)} in {folder}: {', '.join(f.stem for f in files)}"))
        else:
            checks.append(Check("project", name, "note", f"none in {folder}", "ragkit init adds what is missing"))
    checks.append(_state(project.state))
    try:
        content = "with texts" if project.trace_content else "without texts"
        checks.append(Check("project", "traces", "ok", content))
    except RagkitError as error:
        checks.append(Check("project", "traces", "problem", error.message, error.hint))
    return project, checks


def _state(folder: Path) -> Check:
    if not folder.exists():
        parent = next(parent for parent in folder.parents if parent.exists())
        if not os.access(parent, os.W_OK):
            return Check("project", "state", "problem", f"{folder} cannot be made", "set RAGKIT_HOME to another folder")
        return Check("project", "state", "ok", f"{folder}, not made yet")
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        return Check("project", "state", "problem", f"{folder} cannot be written", "set RAGKIT_HOME to another folder")
    sizes = [f"{path.name} {console.size(_bytes(path))}" for path in sorted(folder.iterdir())]
    return Check("project", "state", "ok", f"{folder}: {', '.join(sizes) or 'empty'}")


def _bytes(path: Path) -> int:
    if not path.is_dir():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def _corpora(project: Project) -> Iterator[Check]:
    from ragkit.corpus.config import corpus_names
    from ragkit.corpus.corpus import load_corpus

    for name in corpus_names(project.corpora) if project.corpora.is_dir() else []:
        try:
            corpus = load_corpus(name, project.corpora, project.state)
            yield _index(corpus)
            yield _encoder(corpus)
        except SpecError as error:
            first = error.diagnostics[0].render().splitlines()[0]
            yield Check("corpora", name, "problem", first, f"mend {error.place}")
        except RagkitError as error:
            yield Check("corpora", name, "problem", error.message, error.hint)
        except OSError as error:
            yield Check("corpora", name, "problem", f"its index in {project.state} cannot be read: {error.strerror}")


def _index(corpus: Corpus) -> Check:
    status, manifest = corpus.status(), corpus.manifest()
    if manifest is None or status != "current":
        return Check("corpora", corpus.name, "note", f"the index is {status}", f"ragkit index {corpus.name}")
    text = (
        f"current: version {manifest.version}, {console.count(manifest.documents, 'document')}, "
        f"{console.count(manifest.passages, 'passage')}"
    )
    if manifest.warnings:
        return Check("corpora", corpus.name, "note", f"{text}; {'; '.join(manifest.warnings)}")
    return Check("corpora", corpus.name, "ok", text)


def _encoder(corpus: Corpus) -> Check:
    encoder, name = corpus.encoder, f"{corpus.name} encoder"
    if not encoder.is_prepared:
        return Check("corpora", name, "ok", f"{encoder.name} in {encoder.files.folder}, made ready by the first build")
    runtime, why = encoder.runtime()
    facts = f"{encoder.name}, {encoder.facts.dimensions} dimensions, questions run on {runtime}"
    return Check("corpora", name, "note" if why else "ok", f"{facts}: {why}" if why else facts)


def _environment() -> Iterator[Check]:
    for name in ENVIRONMENT:
        value = os.environ.get(name)
        if value is None:
            continue
        shown = "set" if _SECRET.search(name) else value
        if name == "PYTHONDONTWRITEBYTECODE" and value:
            yield Check("environment", name, "note", shown, "unset it: every start compiles all modules anew")
        else:
            yield Check("environment", name, "ok", shown)
    keys = sorted(name for name in os.environ if name.endswith("_API_KEY") and os.environ[name])
    if keys:
        yield Check("environment", "keys", "ok", f"set: {', '.join(keys)}")
