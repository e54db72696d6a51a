"""``flow.route``: one of several branches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ragkit.component import FlowComponent, FlowKey


class Route(FlowComponent):
    """Reads a label and runs exactly one branch: the conditional pattern of Modular RAG.

    Use it where questions of different kinds deserve different treatment. Every branch is ``steps`` and ``output``, or
    ``pipeline`` (a file) with ``bind``; all branches end in the same type. A label without a branch of its own goes to
    ``default``; without one it fails the question. Ports: ``output`` (main) and ``label``, the branch that ran.

    Source: Modular RAG (arXiv 2407.21059), conditional pattern, Section V-B.
    """

    keys: ClassVar[Mapping[str, FlowKey]] = {
        "label": FlowKey("reference", True, "the port that holds the label"),
        "branches": FlowKey("branches", True, "for each label: steps and output, or pipeline and bind"),
        "default": FlowKey("name", False, "the branch for a label that has none"),
    }
