"""Recall against tokens as SVG: panels side by side, one curve for the fixed k, marks for the settings of each rule.

The picture has its own ground and carries colours for light and dark.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

Point = tuple[float, float]
WIDTH, HEIGHT, GAP, LEFT, TOP, BOTTOM = 300, 260, 26, 46, 46, 74
SHAPES = ("circle", "square", "diamond", "up", "down", "cross", "plus", "bar")
LIGHT = ("#0b6e99", "#b3401f", "#3d7a2a", "#8a3ea8", "#9a6700", "#c2185b", "#00796b", "#5d4037")
DARK = ("#6cc5ea", "#ff9d7a", "#9ad584", "#d7a2ee", "#f0c75e", "#ff8fb5", "#63d5c5", "#d0b3a6")


@dataclass(frozen=True, slots=True)
class Panel:
    """One retriever: the curve of fixed k as (tokens, recall), and the settings of each rule by its name."""

    title: str
    curve: Sequence[Point]
    marks: Mapping[str, Sequence[Point]]


def draw(title: str, panels: Sequence[Panel]) -> str:
    """The whole picture. Axes are the same in all panels: tokens on a logarithmic scale, recall from that of k = 1.

    A mark whose recall is lower stands on the foot of its panel, hollow.

    Raises:
        ValueError: There are more rules than there are colours.
    """
    rules = list(dict.fromkeys(rule for panel in panels for rule in panel.marks))
    if len(rules) > len(LIGHT):
        raise ValueError(f"{len(rules)} rules and only {len(LIGHT)} colours")
    marked = [point for panel in panels for points in panel.marks.values() for point in points]
    low = math.log10(max(1.0, 0.8 * min(x for x, _ in marked)))
    high = math.log10(1.2 * max(x for x, _ in marked))
    bottom = math.floor(10 * min(panel.curve[0][1] for panel in panels)) / 10
    across = LEFT + len(panels) * (WIDTH + GAP)
    down = TOP + HEIGHT + BOTTOM
    body = [f'<text class="title" x="{LEFT}" y="20">{escape(title)}</text>']
    for number, panel in enumerate(panels):
        left = LEFT + number * (WIDTH + GAP)

        def place(point: Point, left: float = left) -> Point:
            x = left + WIDTH * (math.log10(max(point[0], 1.0)) - low) / (high - low)
            return x, TOP + HEIGHT * (1 - (max(point[1], bottom) - bottom) / (1 - bottom))

        body += _axes(panel.title, left, low, high, bottom, labelled=number == 0)
        inside = [place(point) for point in panel.curve if low <= math.log10(max(point[0], 1.0)) <= high]
        body.append(f'<polyline class="fixed" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in inside)}"/>')
        for rule, points in panel.marks.items():
            body += [_mark(rules.index(rule), *place(point), below=point[1] < bottom) for point in points]
    body += _legend(rules)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {across} {down}" width="{across}" height="{down}"'
    label = f' role="img" aria-label="{escape(title)}">'
    ground = f'<rect class="ground" width="{across}" height="{down}"/>'
    return "\n".join([head + label, f"<title>{escape(title)}</title>", _style(), ground, *body, "</svg>", ""])


def _axes(title: str, left: float, low: float, high: float, bottom: float, labelled: bool) -> list[str]:
    found = [
        f'<rect class="frame" x="{left}" y="{TOP}" width="{WIDTH}" height="{HEIGHT}"/>',
        f'<text class="panel" x="{left + WIDTH / 2}" y="{TOP - 8}">{escape(title)}</text>',
        f'<text class="axis" x="{left + WIDTH / 2}" y="{TOP + HEIGHT + 32}">mean tokens kept</text>',
    ]
    for tokens in (base * 10**power for power in range(1, 7) for base in (1, 2, 5)):
        if low <= math.log10(tokens) <= high:
            x = left + WIDTH * (math.log10(tokens) - low) / (high - low)
            shown = f"{tokens // 1000}k" if tokens >= 1000 else str(tokens)
            found.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{TOP + HEIGHT}"/>')
            found.append(f'<text class="axis" x="{x:.1f}" y="{TOP + HEIGHT + 15}">{shown}</text>')
    for tenth in range(round(10 * bottom), 11):
        y = TOP + HEIGHT * (1 - (tenth / 10 - bottom) / (1 - bottom))
        found.append(f'<line class="grid" x1="{left}" x2="{left + WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
        if labelled:
            found.append(f'<text class="side" x="{left - 6}" y="{y + 4:.1f}">{tenth / 10:.1f}</text>')
    if labelled:
        found.append(f'<text class="side" x="{left - 6}" y="{TOP - 8}">recall</text>')
    return found


def _mark(number: int, x: float, y: float, below: bool = False) -> str:
    r = 4.0
    outlines = {
        "square": [(-r, -r), (r, -r), (r, r), (-r, r)],
        "diamond": [(0, -1.3 * r), (1.3 * r, 0), (0, 1.3 * r), (-1.3 * r, 0)],
        "up": [(0, -1.2 * r), (1.2 * r, r), (-1.2 * r, r)],
        "down": [(0, 1.2 * r), (1.2 * r, -r), (-1.2 * r, -r)],
    }
    strokes = {
        "cross": f"M{x - r:.1f},{y - r:.1f}L{x + r:.1f},{y + r:.1f}M{x - r:.1f},{y + r:.1f}L{x + r:.1f},{y - r:.1f}",
        "plus": f"M{x - r:.1f},{y:.1f}L{x + r:.1f},{y:.1f}M{x:.1f},{y - r:.1f}L{x:.1f},{y + r:.1f}",
        "bar": f"M{x:.1f},{y - 1.3 * r:.1f}L{x:.1f},{y + 1.3 * r:.1f}",
    }
    shape = SHAPES[number]
    hollow = " hollow" if below else ""
    if shape == "circle":
        return f'<circle class="m{number}{hollow}" cx="{x:.1f}" cy="{y:.1f}" r="{r}"/>'
    if shape in strokes:
        return f'<path class="m{number} stroke" d="{strokes[shape]}"/>'
    points = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in outlines[shape])
    return f'<polygon class="m{number}{hollow}" points="{points}"/>'


def _legend(rules: Sequence[str]) -> list[str]:
    y = TOP + HEIGHT + BOTTOM - 18
    found = [f'<line class="fixed" x1="{LEFT}" x2="{LEFT + 22}" y1="{y - 4}" y2="{y - 4}"/>']
    found.append(f'<text class="legend" x="{LEFT + 28}" y="{y}">fixed k</text>')
    x = LEFT + 92.0
    for number, rule in enumerate(rules):
        found.append(_mark(number, x, y - 4))
        found.append(f'<text class="legend" x="{x + 9:.1f}" y="{y}">{escape(rule)}</text>')
        x += 32 + 7.2 * len(rule)
    found.append(f'<text class="legend" x="{x:.1f}" y="{y}">hollow: below the panel</text>')
    return found


def _style() -> str:
    plain = (
        'text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; }\n'
        ".title { font-size: 14px; font-weight: 600; }\n.panel { font-weight: 600; text-anchor: middle; }\n"
        ".axis { font-size: 11px; text-anchor: middle; }\n.side { font-size: 11px; text-anchor: end; }\n"
        ".fixed { fill: none; stroke-width: 1.6px; }\n.frame { fill: none; }\n.grid { stroke-width: 0.5px; }\n"
        ".stroke, .hollow { fill: none !important; stroke-width: 2px; }\n"
    )
    light = _colours("#ffffff", "#1f2933", "#7b8794", "#dde3ea", LIGHT)
    dark = _colours("#14181d", "#f0f4f8", "#829ab1", "#2c3640", DARK)
    return f"<style>\n{plain}{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n</style>"


def _colours(ground: str, text: str, frame: str, grid: str, marks: Sequence[str]) -> str:
    lines = [
        f".ground {{ fill: {ground}; }}", f"text {{ fill: {text}; }}", f".frame {{ stroke: {frame}; }}",
        f".grid {{ stroke: {grid}; }}", f".fixed {{ stroke: {text}; }}",
        *(f".m{number} {{ fill: {colour}; stroke: {colour}; }}" for number, colour in enumerate(marks)),
    ]  # fmt: skip
    return "\n".join(lines)
