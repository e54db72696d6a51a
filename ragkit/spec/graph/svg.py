"""A drawing as SVG, laid out here: no other program is needed, and it reads well on light and dark screens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from ragkit.spec.graph.captions import Captions
from ragkit.spec.graph.drawing import Arrow, Box, Drawing
from ragkit.spec.graph.geometry import Point, Rectangle, geometry
from ragkit.spec.graph.labels import printable

_TITLE, _LINE = 13.0, 11.0
_LEADING = 15.0
_NARROW, _SLIM, _BROAD = frozenset("ijl|.,:;'!`I "), frozenset('ftr()[]{}-/\\"'), frozenset("mwMW@%—…←")
_FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
_RULES = f"""
text {{ font-family: {_FONT}; }}
.title {{ font-size: 13px; font-weight: 600; }}
.line, .label {{ font-size: 11px; }}
.label {{ paint-order: stroke; stroke-width: 4px; stroke-linejoin: round; }}
.box, .frame {{ stroke-width: 1px; }}
.output {{ stroke-width: 2px; }}
.arrow {{ fill: none; stroke-width: 1.3px; }}
.control, .back {{ stroke-dasharray: 4 3; }}
"""
_LIGHT = {
    ".ground": "fill:#ffffff", "text": "fill:#1f2933", ".line, .label": "fill:#52606d", ".label": "stroke:#ffffff",
    ".frame": "fill:#f5f7fa;stroke:#cbd2d9", ".box": "fill:#ffffff;stroke:#7b8794", ".RETRIEVER": "fill:#d9f0e6",
    ".RERANKER, .LLM": "fill:#fde8d7", ".entry": "fill:#fdf3cf", ".input, .exit": "stroke:#cbd2d9",
    ".arrow": "stroke:#7b8794", ".head": "fill:#7b8794",
}  # fmt: skip
_DARK = {
    ".ground": "fill:#14181d", "text": "fill:#f0f4f8", ".line, .label": "fill:#b0bac5", ".label": "stroke:#14181d",
    ".frame": "fill:#1c2229;stroke:#3e4c59", ".box": "fill:#232b34;stroke:#829ab1", ".RETRIEVER": "fill:#17402f",
    ".RERANKER, .LLM": "fill:#4d3016", ".entry": "fill:#443a12", ".input, .exit": "stroke:#3e4c59",
    ".arrow": "stroke:#829ab1", ".head": "fill:#829ab1",
}  # fmt: skip


def _palette(colours: Mapping[str, str]) -> str:
    return "\n".join(f"{selector} {{ {colour} }}" for selector, colour in colours.items())


# Colours stand in rules, not in CSS variables, which several renderers of SVG do not know.
_STYLE = f"{_RULES}{_palette(_LIGHT)}\n@media (prefers-color-scheme: dark) {{\n{_palette(_DARK)}\n}}\n"


def svg(drawing: Drawing) -> str:
    """The picture as a document of its own; a box's tooltip is the step's whole path."""
    sizes = {box.id: _size(box) for box in drawing.boxes}
    made = geometry(drawing, sizes)
    width, height = round(made.width), round(made.height)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img" aria-label={quoteattr(printable(drawing.name))}>',
        f"<title>{_text(drawing.name)}</title>",
        f"<style>{_STYLE}</style>",
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path class="head" d="M0,0.5 L8,4 L0,7.5 Z"/></marker></defs>',
        f'<rect width="{width}" height="{height}" class="ground"/>',
    ]
    for frame in drawing.frames:
        parts.append(_frame(frame.label, made.frames[frame.id]))
    parts += [_line(arrow, points) for arrow, points in made.arrows]
    parts += [_box(box, made.boxes[box.id]) for box in drawing.boxes]
    captions = Captions(made)
    parts += [_label(arrow, points, captions) for arrow, points in made.arrows if arrow.label]
    return "\n".join([*parts, "</svg>"])


def text_width(text: str, size: float) -> float:
    """The width of a text in a sans-serif font, estimated from above: pixels."""
    return sum(_em(char) for char in text) * size * 1.06


def _em(char: str) -> float:
    if char in _NARROW:
        return 0.32
    if char in _SLIM:
        return 0.42
    if char in _BROAD:
        return 0.95
    if ord(char) > 0x2E7F:  # CJK and other full-width scripts
        return 1.05
    return 0.72 if char.isupper() else 0.59


def _size(box: Box) -> Point:
    widths = [text_width(box.title, _TITLE) * 1.05, *(text_width(line, _LINE) for line in box.lines)]
    return max(max(widths) + 24, 60.0), 14 + _LEADING * (1 + len(box.lines))


def _box(box: Box, where: Rectangle) -> str:
    radius = {"step": 6, "entry": 6}.get(box.shape, where.height / 2)
    shape = box.shape if box.shape != "step" else box.kind
    parts = [
        f"<g><title>{_text(box.id.strip('@!') or box.title)}</title>",
        f'<rect class="box {_text(shape)}" {_at(where)} rx="{radius:.0f}"/>',
    ]
    for number, line in enumerate([box.title, *box.lines]):
        place = f'x="{where.middle:.1f}" y="{where.y + 19 + number * _LEADING:.1f}" text-anchor="middle"'
        parts.append(f'<text class="{"line" if number else "title"}" {place}>{_text(line)}</text>')
    return "".join([*parts, "</g>"])


def _frame(label: str, where: Rectangle) -> str:
    drawn = f'<rect class="frame" {_at(where)} rx="8"/>'
    if label:
        drawn += f'<text class="line" x="{where.x + 12:.1f}" y="{where.y + 18:.1f}">{_text(label)}</text>'
    return drawn


def _at(where: Rectangle) -> str:
    return f'x="{where.x:.1f}" y="{where.y:.1f}" width="{where.width:.1f}" height="{where.height:.1f}"'


def _line(arrow: Arrow, points: Sequence[Point]) -> str:
    return f'<path class="arrow {arrow.style}" d="{_curve(arrow, points)}" marker-end="url(#head)"/>'


def _curve(arrow: Arrow, points: Sequence[Point]) -> str:
    """Straight lines down, curves between the columns; the way back has round corners."""
    if arrow.style == "back":
        (x0, y0), (x1, _), _, (x3, y3) = points
        lower = f"L{x1 - 8:.1f},{y0:.1f} Q{x1:.1f},{y0:.1f} {x1:.1f},{y0 - 8:.1f}"
        upper = f"L{x1:.1f},{y3 + 8:.1f} Q{x1:.1f},{y3:.1f} {x1 - 8:.1f},{y3:.1f}"
        return f"M{x0:.1f},{y0:.1f} {lower} {upper} L{x3:.1f},{y3:.1f}"
    drawn = f"M{points[0][0]:.1f},{points[0][1]:.1f}"
    for (x0, y0), (x1, y1) in pairwise(points):
        if abs(x0 - x1) < 0.5:
            drawn += f" L{x1:.1f},{y1:.1f}"
        else:
            middle = (y0 + y1) / 2
            drawn += f" C{x0:.1f},{middle:.1f} {x1:.1f},{middle:.1f} {x1:.1f},{y1:.1f}"
    return drawn


def _label(arrow: Arrow, points: Sequence[Point], captions: Captions) -> str:
    if arrow.style == "back":
        x, y, anchor = points[1][0] - 6, (points[1][1] + points[2][1]) / 2, "end"
    else:
        x, y, anchor = captions.place(points, text_width(arrow.label, _LINE))
    return f'<text class="label" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{_text(arrow.label)}</text>'


def _text(text: str) -> str:
    """XML has no control characters, not even escaped ones."""
    return escape(printable(text), {'"': "&quot;"})
