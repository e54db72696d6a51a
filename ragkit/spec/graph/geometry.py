"""Where everything of a drawing goes: frames are laid out from the inside out, each as one item of the frame around it.

An arrow that enters or leaves a frame does so at a port of it, a narrow item in the frame's first or last layer, so
that it finds its way between the boxes inside as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ragkit.spec.graph.drawing import Arrow, Box, Drawing
from ragkit.spec.graph.layers import Item, Link, Placed, place

PAD, HEAD, BACK = 14.0, 20.0, 46.0
_ROOT = ""
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Rectangle:
    """Upper left corner and size."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """The middle between left and right."""
        return self.x + self.width / 2


@dataclass(slots=True)
class Geometry:
    """The places of boxes and frames by id, and of each arrow the points that it goes through, from top to bottom."""

    width: float = 0.0
    height: float = 0.0
    boxes: dict[str, Rectangle] = field(default_factory=dict)
    frames: dict[str, Rectangle] = field(default_factory=dict)
    arrows: list[tuple[Arrow, list[Point]]] = field(default_factory=list)


@dataclass(slots=True)
class _Level:
    """The inside of one frame: its items, its links, and which arrow goes through which links."""

    items: dict[str, Item] = field(default_factory=dict)
    links: dict[Link, None] = field(default_factory=dict)
    placed: Placed = field(default_factory=Placed)
    margin: float = 0.0
    head: float = 0.0


def geometry(drawing: Drawing, sizes: Mapping[str, Point]) -> Geometry:
    """Lays out a drawing.

    Args:
        drawing: Boxes, arrows and frames.
        sizes: Width and height of each box.
    """
    return _Layout(drawing, sizes).run()


class _Layout:
    def __init__(self, drawing: Drawing, sizes: Mapping[str, Point]) -> None:
        self.drawing = drawing
        self.sizes = sizes
        self.levels = {_ROOT: _Level(), **{frame.id: _Level() for frame in drawing.frames}}
        self.parents = {frame.id: frame.parent or _ROOT for frame in drawing.frames}
        self.frame_of = {box.id: box.frame or _ROOT for box in drawing.boxes}
        self.segments: list[tuple[Arrow, list[tuple[str, str, str, str]]]] = []

    def run(self) -> Geometry:
        for box in self.drawing.boxes:
            self._add(box)
        for frame in self.drawing.frames:
            self.levels[frame.id].head = HEAD if frame.label else 0.0
        forward = [arrow for arrow in self.drawing.arrows if arrow.style != "back"]
        for arrow in self.drawing.arrows:
            if arrow.style == "back":
                self.levels[self.frame_of[arrow.source]].margin = BACK
        self.segments = [(arrow, self._ways(arrow)) for arrow in forward]
        self._measure(_ROOT)
        made = Geometry()
        root = self.levels[_ROOT]
        made.width, made.height = root.placed.width + 2 * PAD, root.placed.height + 2 * PAD
        self._settle(_ROOT, PAD, PAD, made)
        made.arrows = [(arrow, self._path(ways, made)) for arrow, ways in self.segments]
        made.arrows += [(a, self._back(a, made)) for a in self.drawing.arrows if a.style == "back"]
        return made

    def _add(self, box: Box) -> None:
        width, height = self.sizes[box.id]
        level = self.levels[self.frame_of[box.id]]
        level.items[box.id] = Item(box.id, width, height, bottom=box.shape in ("exit", "output"))

    def _around(self, box: str) -> list[str]:
        """The frames around a box, the innermost first, the root last."""
        found = [self.frame_of[box]]
        while found[-1] != _ROOT:
            found.append(self.parents[found[-1]])
        return found

    def _ways(self, arrow: Arrow) -> list[tuple[str, str, str, str]]:
        """The pieces of an arrow, as (frame, from item, to item, port): out of its frames, across, and in."""
        out, into = self._around(arrow.source), self._around(arrow.target)
        common = next(frame for frame in out if frame in into)
        ways = []
        item, port = arrow.source, ""
        for frame in out[: out.index(common)]:
            leave = f"out {arrow.source}"
            self.levels[frame].items.setdefault(leave, Item(leave, 0.0, 0.0, bottom=True))
            ways.append((frame, item, leave, port))
            item, port = frame, arrow.source
        inner = list(reversed(into[: into.index(common)]))
        first = inner[0] if inner else arrow.target
        ways.append((common, item, first, port))
        for index, frame in enumerate(inner):
            enter = f"in {arrow.source}"
            self.levels[frame].items.setdefault(enter, Item(enter, 0.0, 0.0, top=True))
            ways.append((frame, enter, inner[index + 1] if index + 1 < len(inner) else arrow.target, ""))
        return ways

    def _measure(self, frame: str) -> None:
        """Lays out the frames inside, then this one, whose items they are."""
        level = self.levels[frame]
        for inner, parent in self.parents.items():
            if parent == frame:
                self._measure(inner)
                inside = self.levels[inner]
                width = inside.placed.width + 2 * PAD + inside.margin
                level.items[inner] = Item(inner, width, inside.placed.height + 2 * PAD + inside.head)
        for _, ways in self.segments:
            for where, source, target, port in ways:
                if where == frame:
                    level.links[self._link(source, target, port, ways)] = None
        level.placed = place(list(level.items.values()), list(level.links))

    def _link(self, source: str, target: str, port: str, ways: list[tuple[str, str, str, str]]) -> Link:
        origin = ways[0][1]
        leaves = self._port(source, f"out {origin}") if port else 0.0
        enters = self._port(target, f"in {origin}") if target in self.parents else 0.0
        return Link(source, target, port, leaves, enters)

    def _port(self, frame: str, port: str) -> float:
        """How far a port of a frame is from the frame's middle."""
        level = self.levels[frame]
        width = level.placed.width + 2 * PAD + level.margin
        return PAD + level.placed.middle[port] - width / 2

    def _settle(self, frame: str, x: float, y: float, made: Geometry) -> None:
        placed = self.levels[frame].placed
        for id, item in self.levels[frame].items.items():
            where = Rectangle(x + placed.middle[id] - item.width / 2, y + placed.upper[id], item.width, item.height)
            if id in self.levels:
                made.frames[id] = where
                self._settle(id, where.x + PAD, where.y + PAD + self.levels[id].head, made)
            elif id in self.frame_of:
                made.boxes[id] = where

    def _path(self, ways: list[tuple[str, str, str, str]], made: Geometry) -> list[Point]:
        """Down from box to box: through each layer straight, between layers in a curve."""
        points: list[Point] = []
        for frame, source, target, port in ways:
            placed = self.levels[frame].placed
            left, top = self._origin(frame, made)
            link = self._link(source, target, port, ways)
            items = self.levels[frame].items
            start = left + placed.middle[source] + link.leaves
            end = left + placed.middle[target] + link.enters
            points.append((start, top + placed.upper[source] + items[source].height))
            points.append((start, top + placed.rows[source][1]))
            for x, upper, lower in placed.bends[link]:
                points += [(left + x, top + upper), (left + x, top + lower)]
            points.append((end, top + placed.rows[target][0]))
            points.append((end, top + placed.upper[target]))
        return points

    def _origin(self, frame: str, made: Geometry) -> Point:
        if frame == _ROOT:
            return PAD, PAD
        where = made.frames[frame]
        return where.x + PAD, where.y + PAD + self.levels[frame].head

    def _back(self, arrow: Arrow, made: Geometry) -> list[Point]:
        """From the right of the exit along the right border up to the right of the entry."""
        source, target = made.boxes[arrow.source], made.boxes[arrow.target]
        frame = made.frames[self.frame_of[arrow.source]]
        x = frame.x + frame.width - PAD - BACK / 3
        below, above = source.y + source.height / 2, target.y + target.height / 2
        return [(source.x + source.width, below), (x, below), (x, above), (target.x + target.width, above)]
