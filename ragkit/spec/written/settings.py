"""``corpus`` and ``lm``: read where they stand, inherited inward."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ragkit.component import Need
from ragkit.errors import nearest
from ragkit.spec.checking.context import Compilation, Setting
from ragkit.spec.nodes import Node
from ragkit.spec.written.lms import BROKEN_LM, NO_LM, read_lm
from ragkit.spec.written.raw import RawGraph, RawStep

_CORPUS = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
# Stands for a name that could not be read, so that no step is said to lack what was given to it.
_BROKEN = "?"


def read_settings(node: Mapping[str, Node], where: str, setting: Setting, compilation: Compilation) -> Setting:
    """The setting of a scope whose keys may hold ``corpus`` and ``lm``.

    An ``lm`` with nothing behind it, as ``lm: ${RAGKIT_LM:-}`` where the variable is unset, sets nothing: what is
    around it holds, for an included file the LM of the file that includes it. ``lm: ""`` says that there is none.
    """
    changes: dict[str, Any] = {}
    if "corpus" in node:
        changes["corpus"] = _corpus(node["corpus"], f"{where}corpus", setting, compilation) or _BROKEN
    if "lm" in node and (node["lm"].broken or node["lm"].value is not None):
        lm = read_lm(node["lm"], f"{where}lm", setting)
        changes["lm"] = None if lm == NO_LM else lm
    return setting.inner(**changes) if changes else setting


def misspelt(unknown: Iterable[str]) -> dict[str, Any]:
    """What keys that are nearly ``corpus`` or ``lm`` set: something that is not known, so that nobody lacks it."""
    found: dict[str, Any] = {}
    for key in unknown:
        if nearest(key, ("corpus",)):
            found["corpus"] = _BROKEN
        elif nearest(key, ("lm",)):
            found["lm"] = BROKEN_LM
    return found


def read_drop(node: Mapping[str, Node], where: str, setting: Setting) -> bool:
    """Whether ``needs_lm: drop`` stands there."""
    given = node.get("needs_lm")
    if given is None or given.broken or given.value == "error":
        return False
    if given.value == "drop":
        return True
    setting.diagnostics.add(
        given.position,
        f"{where}needs_lm",
        f"'needs_lm' is {given.describe()}",
        allowed="error, drop",
        nearest_to=(given.text, ("error", "drop")),
        code="value",
    )
    return False


def lacking_lm(step: RawStep) -> Iterator[RawStep]:
    """The steps that need an LM and have none: the step itself, or those inside it, as they are chosen."""
    if step.disabled is not None:
        return
    if step.component is not None and Need.LM in step.component.needs and not step.lm:
        yield step
    for graph in step.graphs():
        yield from graph_lacking_lm(graph)


def graph_lacking_lm(graph: RawGraph) -> Iterator[RawStep]:
    """The steps of a graph, and of those inside it, that need an LM and have none."""
    for step in graph.steps.values():
        yield from lacking_lm(step)


def _corpus(node: Node, where: str, setting: Setting, compilation: Compilation) -> str | None:
    name = _text(node, where, setting, "the name of a corpus")
    if name is None:
        return None
    if _CORPUS.fullmatch(name) is None:
        setting.diagnostics.add(
            node.position, where, f"{node.describe()} cannot be the name of a corpus",
            allowed="the name of a file in the project's corpora folder, without .yaml", code="corpus",
        )  # fmt: skip
        return None
    folder = compilation.corpora
    if folder is not None and not (folder / f"{name}.yaml").is_file():
        known = sorted(file.stem for file in folder.glob("*.yaml")) if folder.is_dir() else []
        setting.diagnostics.add(
            node.position,
            where,
            f"there is no corpus {name!r}: {folder.name}/{name}.yaml is not there",
            allowed=known or f"nothing: {folder.name}/ holds no corpus yet",
            nearest_to=(name, known),
            code="corpus",
        )
    return name


def _text(node: Node, where: str, setting: Setting, what: str) -> str | None:
    if node.broken:
        return None
    if node.kind == "scalar" and isinstance(node.value, str) and node.value.strip():
        return node.value.strip()
    if node.kind == "map" and ("choice" in node.value or "range" in node.value):
        found = "a search mark stands in the wrong place"
        setting.diagnostics.add(
            node.position, where, found, allowed="marks stand where a parameter stands", code="mark-place"
        )
        return None
    setting.diagnostics.add(node.position, where, f"found {node.describe()}", allowed=what, code="type")
    return None
