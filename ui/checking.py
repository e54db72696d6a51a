"""The text of an editor, checked: its plan or its findings, and the steps in it, also while it has errors."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ragkit.components.catalogue import Catalogue
from ragkit.project import Project
from ragkit.spec.diagnostics import Diagnostic, Diagnostics
from ragkit.spec.load import check_text
from ragkit.spec.nodes import Node
from ragkit.spec.plan import Plan
from ragkit.spec.reading import source

_PATH_KEYS = ("path", "pipeline", "state")


@dataclass(frozen=True, slots=True)
class Written:
    """One step as written: the keys that lead to it, and what stands there.

    An alternative of a step is one too: ``("steps", "rerank", "one_of", "cross")``.
    """

    path: tuple[str, ...]
    node: Node

    @property
    def use(self) -> str | None:
        """Its component, as far as it is one word."""
        given = self.node.value.get("use")
        return given.value if given is not None and isinstance(given.value, str) else None

    @property
    def name(self) -> str:
        """Its name along its scopes, as traces have it; an alternative adds its own."""
        return ".".join(key for place, key in enumerate(self.path) if place % 2)


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of checking a text. ``overlay`` is True for one that is no pipeline but an overlay of one."""

    plan: Plan | None
    findings: tuple[Diagnostic, ...]
    steps: tuple[Written, ...]
    overlay: bool = False


def check(text: str, name: str, project: Project, catalogue: Catalogue) -> Checked:
    """Checks a text as the pipeline file of that name; nothing outside the project is read for it.

    Args:
        text: The YAML.
        name: The file, relative to the folder of pipelines.
        project: The project.
        catalogue: The components.
    """
    file = project.pipelines / name
    reading = Diagnostics()
    tree = source.read_text(text, name, reading)
    if tree is not None and is_overlay(tree):
        return Checked(None, reading.errors, (), overlay=True)
    steps = () if tree is None else tuple(_steps(tree, ()))
    if tree is not None:
        _refuse_outside(tree, file.parent, project.root, reading)
        if any(finding.code == "outside" for finding in reading.errors):
            return Checked(None, reading.errors, steps)
    plan, findings = check_text(
        text, name, base=file.parent, catalogue=catalogue, corpora=project.corpora, read=(tree, reading)
    )
    return Checked(plan, findings, steps)


def is_overlay(tree: Node) -> bool:
    """Whether a file is meant as an overlay: it has what only those have, and no steps."""
    return {"hash", "values"} <= tree.value.keys() and "steps" not in tree.value


def _steps(node: Node, path: tuple[str, ...]) -> Iterator[Written]:
    """Every step under the keys ``steps`` of a node, those inside flows after the flow step itself."""
    inner = node.value.get("steps")
    if inner is None or inner.kind != "map":
        return
    for name, step in inner.value.items():
        if step.kind == "map":
            yield from _step(step, (*path, "steps", name))


def _step(step: Node, here: tuple[str, ...]) -> Iterator[Written]:
    yield Written(here, step)
    ways = step.value.get("one_of")
    for name, way in ways.value.items() if ways is not None and ways.kind == "map" else ():
        if way.kind == "map":
            yield from _step(way, (*here, "one_of", name))
    yield from _steps(step, here)
    branches = step.value.get("branches")
    for name, branch in branches.value.items() if branches is not None and branches.kind == "map" else ():
        if branch.kind == "map":
            yield from _steps(branch, (*here, "branches", name))


def _refuse_outside(node: Node, folder: Path, root: Path, diagnostics: Diagnostics) -> None:
    """Reports each path that leads out of the project: an editor must not become a way to read other files."""
    if node.kind == "list":
        for item in node.value:
            _refuse_outside(item, folder, root, diagnostics)
    elif node.kind == "map":
        for key, value in node.value.items():
            if key in _PATH_KEYS and isinstance(value.value, str):
                target = Path(os.path.realpath(folder / value.value))
                if not target.is_relative_to(os.path.realpath(root)):
                    message = f"{value.written!r} leads out of the project"
                    diagnostics.add(value.position, key, message, allowed="a file of the project", code="outside")
            _refuse_outside(value, folder, root, diagnostics)
