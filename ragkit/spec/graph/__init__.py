"""Drawings of a declared graph, made from what ``ragkit.spec.describe`` says of a plan: text, Mermaid, DOT, SVG.

For example ``print(render(describe(plan), "mermaid"))``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

Form = Literal["text", "mermaid", "dot", "svg", "json"]


def render(description: Mapping[str, Any], form: Form = "text") -> str:
    """The graph in one of the forms, without a line end behind it.

    Args:
        description: What ``describe(plan)`` gave, or the ``graph`` of a stored trace.
        form: ``text`` is an indented tree; ``mermaid`` and ``dot`` are languages of other tools; ``svg`` is a picture
            that needs none; ``json`` is the description itself.
    """
    if form == "text":
        from ragkit.spec.graph.text import text

        return text(description)
    if form == "json":
        return json.dumps(description, indent=2, ensure_ascii=False)
    from ragkit.spec.graph.drawing import drawing

    if form == "mermaid":
        from ragkit.spec.graph.mermaid import mermaid

        return mermaid(drawing(description))
    if form == "dot":
        from ragkit.spec.graph.dot import dot

        return dot(drawing(description))
    from ragkit.spec.graph.svg import svg

    return svg(drawing(description))
