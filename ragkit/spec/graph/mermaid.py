"""A drawing in Mermaid's flowchart language."""

from __future__ import annotations

from collections.abc import Iterator

from ragkit.spec.graph.drawing import Drawing

_SHAPES = {"step": ("[", "]"), "input": ("([", "])"), "output": ("([", "])"), "entry": ("{{", "}}"), "exit": ("(", ")")}
_ARROWS = {"data": "-->", "control": "-.->", "back": "-.->"}


def mermaid(drawing: Drawing) -> str:
    """The flowchart; ids are numbers, so that no name is one of Mermaid's own words."""
    ids = {box.id: f"n{number}" for number, box in enumerate(drawing.boxes)}
    lines = ["flowchart TD", *_inside(drawing, None, ids, "    ")]
    for arrow in drawing.arrows:
        label = f'|"{_escape(arrow.label)}"|' if arrow.label else ""
        lines.append(f"    {ids[arrow.source]} {_ARROWS[arrow.style]}{label} {ids[arrow.target]}")
    return "\n".join(lines)


def _inside(drawing: Drawing, frame: str | None, ids: dict[str, str], indent: str) -> Iterator[str]:
    for box in drawing.boxes:
        if box.frame == frame:
            opening, closing = _SHAPES[box.shape]
            label = "<br/>".join([f"<b>{_escape(box.title)}</b>", *map(_escape, box.lines)])
            yield f'{indent}{ids[box.id]}{opening}"{label}"{closing}'
    for number, inner in enumerate(drawing.frames):
        if inner.parent == frame:
            yield f'{indent}subgraph g{number}["{_escape(inner.label) or " "}"]'
            yield from _inside(drawing, inner.id, ids, indent + "    ")
            yield f"{indent}end"


def _escape(text: str) -> str:
    """Mermaid's entity codes for everything that it, Markdown or HTML would read."""
    return "".join(
        f"#{ord(char)};" if char in "\"'<>&#`\\|{}[]()*_~$;%" or not char.isprintable() else char for char in text
    )
