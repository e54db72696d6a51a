"""Where the labels of arrows go: beside their arrow; over no box, no other label and no other arrow if that can be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal

from ragkit.spec.graph.geometry import Geometry, Point, Rectangle

HEIGHT = 13.0
Anchor = Literal["start", "end"]
_ALONG = (0.5, 0.3, 0.7, 0.12, 0.9)


class Captions:
    """Places labels one after the other; each that was placed is in the way of the next."""

    def __init__(self, made: Geometry) -> None:
        self._width = made.width
        self._taken = list(made.boxes.values())
        self._lines = [(points, list(_along(points))) for _, points in made.arrows]

    def place(self, points: Sequence[Point], width: float) -> tuple[float, float, Anchor]:
        """The point and the side of a label of this width at an arrow, near its end where that is free."""
        chosen = min(_places(points), key=lambda place: self._cost(_area(place[0], place[1], place[2], width), points))
        self._taken.append(_area(*chosen, width))
        return chosen

    def _cost(self, area: Rectangle, own: Sequence[Point]) -> int:
        """What would be hidden; of places that cost the same, the first is taken."""
        outside = area.x < 0 or area.x + area.width > self._width
        hidden = any(_overlap(area, other) for other in self._taken)
        crossed = any(
            area.x <= x <= area.x + area.width and area.y <= y <= area.y + area.height
            for points, samples in self._lines
            if points is not own
            for x, y in samples
        )
        return 4 * outside + 2 * hidden + crossed


def _places(points: Sequence[Point]) -> Iterator[tuple[float, float, Anchor]]:
    """Places from the end of the arrow to its beginning, on both sides."""
    for (x0, y0), (x1, y1) in reversed(list(pairwise(points))):
        if y1 - y0 < HEIGHT:
            continue
        for along in _ALONG:
            x, y = _at((x0, y0), (x1, y1), along)
            yield x + 5, y + 4, "start"
            yield x - 5, y + 4, "end"


def _along(points: Sequence[Point]) -> Iterator[Point]:
    for start, end in pairwise(points):
        steps = max(int((end[1] - start[1]) / 4), 1)
        yield from (_at(start, end, step / steps) for step in range(steps + 1))


def _at(start: Point, end: Point, along: float) -> Point:
    """A point of the curve between two points of an arrow, near enough to the drawn one."""
    bend = along * along * (3 - 2 * along)
    return start[0] + (end[0] - start[0]) * bend, start[1] + (end[1] - start[1]) * along


def _area(x: float, y: float, anchor: Anchor, width: float) -> Rectangle:
    return Rectangle(x if anchor == "start" else x - width, y - HEIGHT + 3, width, HEIGHT)


def _overlap(one: Rectangle, other: Rectangle) -> bool:
    apart_x = one.x + one.width <= other.x or other.x + other.width <= one.x
    return not apart_x and one.y < other.y + other.height and other.y < one.y + one.height
