"""A text read as YAML: its nodes, its plain values, or what was found wrong with it."""

from __future__ import annotations

from typing import Any

from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.nodes import Node
from ragkit.spec.reading.source import read_text

ENV = {"K": "5", "FLAG": "true", "NAME": "papers", "EMPTY": "", "ZIP": "007", "CODE": "[1, 2]", "TILDE": "~"}


def tree(text: str, env: dict[str, str] | None = None) -> Node:
    diagnostics = Diagnostics()
    node = read_text(text, "f.yaml", diagnostics, ENV if env is None else env)
    diagnostics.raise_if_any()
    assert node is not None
    return node


def plain(text: str, env: dict[str, str] | None = None) -> Any:
    return tree(text, env).plain()


def findings(text: str) -> list[tuple[str, int, int]]:
    diagnostics = Diagnostics()
    read_text(text, "f.yaml", diagnostics, ENV)
    return [(finding.code, finding.line, finding.column) for finding in diagnostics.errors]
