"""Command lines that an empty page shows: they name files that are there, so that they can be run as they stand."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

from ragkit.errors import RagkitError
from ragkit.spec.plan import Plan
from ui import data

INIT = "ragkit init ."
_USUAL = "adaptive-k.yaml"
_QUESTIONS = "questions.jsonl"
_BEGUN = "notes"
"""The corpus that `ragkit init` begins with."""


def run() -> str:
    """The command that asks a question; where there is no pipeline, those that make one first."""
    return _lines('ragkit run {pipeline} "your question"', lambda plan: True)


def evaluate() -> str:
    """The commands that measure a pipeline; they make questions first where the project has none."""
    return _lines("ragkit eval {pipeline} --data {questions} --save first", lambda plan: True)


def optimize() -> str:
    """The commands that search for better values of a pipeline that leaves some open."""
    return _lines("ragkit optimize {pipeline} --data {questions} --trials 40", lambda plan: bool(plan.space))


def _lines(line: str, fits: Callable[[Plan], bool]) -> str:
    """The line, with what must be done before it.

    Args:
        line: The command; it may name a ``pipeline`` and its ``questions``.
        fits: Whether the command can be run on a pipeline.
    """
    owner, known = data.project(), data.pipelines()
    name = _one(known, fits)
    corpora = (_BEGUN,) if name is None else _corpora(name)
    before = [] if known else [INIT]
    beside = [owner.corpora / corpus / _QUESTIONS for corpus in corpora]
    questions = next((file for file in (*beside, owner.root / _QUESTIONS) if file.is_file()), None)
    if questions is None and corpora and "{questions}" in line:
        before.append(f"ragkit data synth {shlex.quote(corpora[0])} -o {_QUESTIONS}")
    told = {
        "pipeline": _relative(owner.root, owner.pipelines / (name or _USUAL)),
        "questions": _relative(owner.root, questions or owner.root / _QUESTIONS),
    }
    return "\n".join([*before, line.format(**told)])


def _one(known: list[str], fits: Callable[[Plan], bool]) -> str | None:
    """The pipeline to name: the usual one, else the first that has no errors and fits, else the first."""
    for name in sorted(known, key=lambda name: name != _USUAL):
        try:
            if fits(data.plan(name)):
                return name
        except RagkitError:
            continue
    return known[0] if known else None


def _corpora(name: str) -> tuple[str, ...]:
    try:
        return tuple(data.plan(name).corpora)
    except RagkitError:
        return ()


def _relative(root: Path, path: Path) -> str:
    """A path as one types it in the project's folder."""
    return shlex.quote(path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path))
