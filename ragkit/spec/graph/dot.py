"""A drawing in Graphviz's DOT language."""

from __future__ import annotations

from collections.abc import Iterator

from ragkit.spec.graph.drawing import Drawing
from ragkit.spec.graph.labels import printable

_SHAPES = {
    "step": 'shape=box style="rounded,filled" fillcolor="#f5f7fa"', "input": "shape=plaintext",
    "output": 'shape=box style="rounded,bold"', "entry": 'shape=hexagon style=filled fillcolor="#fdf3dc"',
    "exit": "shape=oval",
}  # fmt: skip
_ARROWS = {"data": "", "control": "style=dashed", "back": "style=dashed constraint=false"}


def dot(drawing: Drawing) -> str:
    """The digraph; ``dot -Tpng`` and every other reader of DOT draw it."""
    lines = [
        f"digraph {_quote(drawing.name)} {{",
        '    graph [rankdir=TB fontname="Helvetica" compound=true]',
        '    node [fontname="Helvetica" fontsize=11]',
        '    edge [fontname="Helvetica" fontsize=9]',
        *_inside(drawing, None, "    "),
    ]
    for arrow in drawing.arrows:
        said = [f"label={_quote(arrow.label)}"] if arrow.label else []
        attributes = " ".join(filter(None, [*said, _ARROWS[arrow.style]]))
        ends = f"{_quote(arrow.source)} -> {_quote(arrow.target)}"
        lines.append(f"    {ends}" + (f" [{attributes}]" if attributes else ""))
    return "\n".join([*lines, "}"])


def _inside(drawing: Drawing, frame: str | None, indent: str) -> Iterator[str]:
    for box in drawing.boxes:
        if box.frame == frame:
            label = _quote("\n".join([box.title, *box.lines]))
            yield f"{indent}{_quote(box.id)} [label={label} {_SHAPES[box.shape]}]"
    for inner in drawing.frames:
        if inner.parent == frame:
            yield f"{indent}subgraph {_quote('cluster_' + inner.id)} {{"
            yield f'{indent}    label={_quote(inner.label)} style="rounded,dashed" color="#9aa5b1"'
            yield from _inside(drawing, inner.id, indent + "    ")
            yield f"{indent}}}"


def _quote(text: str) -> str:
    """A DOT string: only quotes and backslashes mean something in it."""
    safe = "\n".join(map(printable, text.split("\n")))
    return '"' + safe.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
