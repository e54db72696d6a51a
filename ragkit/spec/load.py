"""From a pipeline file to a plan: every check, before anything is loaded.

    plan = load("pipelines/naive.yaml", catalogue=Catalogue())

``check`` gives the findings instead of raising; ``load_text`` and ``check_text`` take the text of an editor.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ragkit.errors import SpecError
from ragkit.spec.checking.compiler import Compiler
from ragkit.spec.checking.context import Components
from ragkit.spec.diagnostics import Diagnostic, Diagnostics
from ragkit.spec.nodes import Node
from ragkit.spec.plan import Plan
from ragkit.spec.reading import source


def load(
    path: Path | str,
    *,
    catalogue: Components,
    env: Mapping[str, str] | None = None,
    choices: Mapping[str, Any] | None = None,
    overlay: Path | None = None,
    corpora: Path | None = None,
) -> Plan:
    """The plan of a pipeline file.

    Args:
        path: The file; findings name it as it is written here.
        catalogue: The components that it may use.
        env: What ``${VARIABLES}`` hold; by default the environment of the process.
        choices: Values for search marks, by path: ``{"candidates.k": 50, "rerank.use": "cross"}``.
        overlay: An overlay file; ``choices`` win over it.
        corpora: The project's folder of corpora; where it is given, every ``corpus`` must have its file there.

    Returns:
        The plan: nothing is loaded yet.

    Raises:
        SpecError: The file has findings; it holds all of them.
    """
    return _raise_or_give(*check(path, catalogue=catalogue, env=env, choices=choices, overlay=overlay, corpora=corpora))


def check(
    path: Path | str,
    *,
    catalogue: Components,
    env: Mapping[str, str] | None = None,
    choices: Mapping[str, Any] | None = None,
    overlay: Path | None = None,
    corpora: Path | None = None,
) -> tuple[Plan | None, tuple[Diagnostic, ...]]:
    """The plan of a pipeline file, or None and the findings; arguments as in ``load``."""
    diagnostics = Diagnostics()
    file = Path(path)
    node = source.read(file, diagnostics, env)
    compiler = Compiler(file, file.parent, catalogue, env, choices, overlay, corpora, diagnostics)
    return compiler.compile(node), diagnostics.errors


def load_text(
    text: str,
    name: str,
    *,
    base: Path,
    catalogue: Components,
    env: Mapping[str, str] | None = None,
    choices: Mapping[str, Any] | None = None,
    overlay: Path | None = None,
    corpora: Path | None = None,
    included: Mapping[Path, str] | None = None,
) -> Plan:
    """The plan of a text, as ``load`` gives it of a file.

    Args:
        text: The YAML.
        name: What findings call it.
        base: The folder that paths in it are relative to.
        catalogue: As in ``load``, and so are the others.
        env: Likewise.
        choices: Likewise.
        overlay: Likewise.
        corpora: Likewise.
        included: Texts to read in the place of included files, by their paths as the plan's positions have them.

    Raises:
        SpecError: The text has findings; it holds all of them.
    """
    return _raise_or_give(
        *check_text(
            text,
            name,
            base=base,
            catalogue=catalogue,
            env=env,
            choices=choices,
            overlay=overlay,
            corpora=corpora,
            included=included,
        )
    )


def check_text(
    text: str,
    name: str,
    *,
    base: Path,
    catalogue: Components,
    env: Mapping[str, str] | None = None,
    choices: Mapping[str, Any] | None = None,
    overlay: Path | None = None,
    corpora: Path | None = None,
    included: Mapping[Path, str] | None = None,
    read: tuple[Node | None, Diagnostics] | None = None,
) -> tuple[Plan | None, tuple[Diagnostic, ...]]:
    """The plan of a text, or None and the findings; arguments as in ``load_text``.

    ``read`` is the text as ``read_text`` gave it, with the findings of that: it is not read a second time then.
    """
    diagnostics = Diagnostics() if read is None else read[1]
    node = source.read_text(text, name, diagnostics, env) if read is None else read[0]
    compiler = Compiler(Path(name), base, catalogue, env, choices, overlay, corpora, diagnostics, included)
    return compiler.compile(node), diagnostics.errors


def _raise_or_give(plan: Plan | None, findings: tuple[Diagnostic, ...]) -> Plan:
    if findings or plan is None:
        raise SpecError(findings)
    return plan
