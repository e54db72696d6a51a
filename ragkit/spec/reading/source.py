"""Reads a YAML file into a tree of nodes: the dialect of DESIGN.md section 2.

YAML 1.2 (core schema) with anchors and merge keys, one document, no tags, no directives, variables of the environment
in values. All that is wrong is reported to ``Diagnostics``, each finding at its place, as many at once as can be::

    diagnostics = Diagnostics()
    root = read(Path("pipelines/naive.yaml"), diagnostics)
    diagnostics.raise_if_any()
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.nodes import Node
from ragkit.spec.plan import Position
from ragkit.spec.reading.builder import Builder
from ragkit.spec.reading.lexical import Places, check_text, decode, read_bytes


def read(path: Path, diagnostics: Diagnostics, env: Mapping[str, str] | None = None) -> Node | None:
    """Reads a file.

    Args:
        path: The file; findings name it as it is written here.
        diagnostics: Where findings go.
        env: What variables hold; by default the environment of the process.

    Returns:
        The tree, a map at its top, even where there are findings within it, so that the caller can find more; None when
        nothing can be made of the file (then there is a finding).
    """
    name = str(path)
    data = read_bytes(path, name, diagnostics)
    if data is None:
        return None
    text = decode(data, name, diagnostics)
    return None if text is None else read_text(text, name, diagnostics, env)


def read_text(text: str, name: str, diagnostics: Diagnostics, env: Mapping[str, str] | None = None) -> Node | None:
    """Reads a text as ``read`` reads a file; findings call it ``name``."""
    diagnostics.register(name, text)
    places = Places(name, text)
    blanked = check_text(places, diagnostics)
    if blanked is None:
        return None
    known = len(diagnostics)
    root = Builder(places, diagnostics, os.environ if env is None else env).build(blanked)
    if root is not None and root.kind == "map":
        return root
    if root is None and len(diagnostics) > known:
        return None
    if root is None or (root.kind == "scalar" and root.value is None and not root.broken):
        message = "the file holds nothing but comments and blank lines; expected lines 'key: value'"
        diagnostics.add(Position(name, 0, 0), "", message, code="empty")
    elif not root.broken:
        message = f"found {root.describe()}, expected a mapping: lines 'key: value'"
        diagnostics.add(root.position, "", message, code="no-mapping")
    return None
