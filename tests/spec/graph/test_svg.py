"""The picture: complete, inside its borders, no arrow through a box, and no word that becomes markup."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest

from ragkit.spec.graph import render
from ragkit.spec.graph.captions import Captions
from ragkit.spec.graph.drawing import drawing
from ragkit.spec.graph.geometry import Geometry, Point, Rectangle, geometry
from ragkit.spec.graph.svg import _DARK, _LIGHT, _size, text_width

from .samples import NAMES, described, hostile, nodes

SVG = "{http://www.w3.org/2000/svg}"


def laid_out(description: Any) -> tuple[Any, Geometry]:
    made = drawing(description)
    return made, geometry(made, {box.id: _size(box) for box in made.boxes})


def overlap(one: Rectangle, other: Rectangle) -> bool:
    return (
        one.x < other.x + other.width and other.x < one.x + one.width
        and one.y < other.y + other.height and other.y < one.y + one.height
    )  # fmt: skip


def within(inner: Rectangle, outer: Rectangle) -> bool:
    return (
        inner.x >= outer.x - 1e-6 and inner.x + inner.width <= outer.x + outer.width + 1e-6
        and inner.y >= outer.y - 1e-6 and inner.y + inner.height <= outer.y + outer.height + 1e-6
    )  # fmt: skip


@pytest.mark.parametrize("name", [*NAMES, "hostile"])
def test_boxes_are_apart_and_inside_their_frames(name: str) -> None:
    made, places = laid_out(hostile() if name == "hostile" else described(name))
    page = Rectangle(0, 0, places.width, places.height)
    assert set(places.boxes) == {box.id for box in made.boxes}
    assert set(places.frames) == {frame.id for frame in made.frames}
    for box in made.boxes:
        assert within(places.boxes[box.id], places.frames[box.frame] if box.frame else page)
    for frame in made.frames:
        assert within(places.frames[frame.id], places.frames[frame.parent] if frame.parent else page)
    rectangles = list(places.boxes.values())
    assert not any(overlap(a, b) for i, a in enumerate(rectangles) for b in rectangles[i + 1 :])


def at(start: Point, end: Point, along: float) -> Point:
    """A point of the cubic curve that is drawn between two points (a line where they stand over each other)."""
    (x0, y0), (x1, y1) = start, end
    middle, t = (y0 + y1) / 2, along
    weights = (1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3
    x = x0 * (weights[0] + weights[1]) + x1 * (weights[2] + weights[3])
    return x, y0 * weights[0] + middle * (weights[1] + weights[2]) + y1 * weights[3]


@pytest.mark.parametrize("name", NAMES)
def test_arrows_end_at_their_boxes_and_go_through_no_other(name: str) -> None:
    made, places = laid_out(described(name))
    assert len(places.arrows) == len(made.arrows)
    for arrow, points in places.arrows:
        source, target = places.boxes[arrow.source], places.boxes[arrow.target]
        if arrow.style == "back":
            assert points[0][0] == pytest.approx(source.x + source.width)
            assert points[-1][0] == pytest.approx(target.x + target.width)
            assert all(x <= places.width for x, _ in points)
            continue
        assert points[0] == pytest.approx((source.middle, source.y + source.height))
        assert points[-1] == pytest.approx((target.middle, target.y))
        assert [y for _, y in points] == sorted(y for _, y in points)
        for x, y in (at(start, end, n / 20) for start, end in pairwise(points) for n in range(21)):
            for id, box in places.boxes.items():
                clear = x <= box.x or x >= box.x + box.width or y <= box.y + 0.5 or y >= box.y + box.height - 0.5
                assert clear or id in (arrow.source, arrow.target)


@pytest.mark.parametrize("name", NAMES)
def test_the_picture_is_xml_and_shows_every_step(name: str) -> None:
    description = described(name)
    root = ElementTree.fromstring(render(description, "svg"))
    titles = [text.text for text in root.iter(f"{SVG}text") if text.get("class") == "title"]
    for node in nodes(description["graph"]):
        assert node["name"] in titles
    assert len(list(root.iter(f"{SVG}path"))) == 1 + len(drawing(description).arrows)
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    for rect in root.iter(f"{SVG}rect"):
        assert float(rect.get("x", 0)) + float(rect.get("width", 0)) <= width + 1
        assert float(rect.get("y", 0)) + float(rect.get("height", 0)) <= height + 1


def test_hostile_words_are_words() -> None:
    picture = render(hostile(), "svg")
    root = ElementTree.fromstring(picture)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} == {
        "svg", "title", "style", "defs", "marker", "path", "rect", "g", "text",
    }  # fmt: skip
    assert "<script" not in picture
    assert any("<script>" in (text.text or "") for text in root.iter(f"{SVG}text"))
    assert not any(name.startswith("on") or "href" in name for element in root.iter() for name in element.attrib)


def test_text_fits_its_box() -> None:
    for box in drawing(hostile()).boxes:
        width, _ = _size(box)
        assert all(text_width(line, 11) <= width for line in box.lines)
        assert text_width(box.title, 13) <= width
    assert text_width("WWW", 10) > text_width("ill", 10)
    assert text_width("検索", 10) > text_width("ab", 10)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("palette", [_LIGHT, _DARK])
def test_words_stand_out_from_what_is_behind_them(palette: dict[str, str]) -> None:
    """WCAG AA: a contrast of at least 4.5 for every text on every fill."""
    inks = ("text", ".line, .label", ".head")
    fills = [re.search(r"fill:(#\w+)", rule) for name, rule in palette.items() if name not in inks]
    for words in ("text", ".line, .label"):
        ink = luminance(palette[words].removeprefix("fill:"))
        for fill in filter(None, fills):
            light, dark = sorted((ink, luminance(fill[1])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (words, fill[1])


def test_both_palettes_colour_the_same_things() -> None:
    assert list(_LIGHT) == list(_DARK)
    assert "var(" not in render(described(NAMES[0]), "svg")


def test_labels_avoid_boxes_and_each_other() -> None:
    places = Geometry(300, 300, {"a": Rectangle(100, 40, 80, 30)})
    captions = Captions(places)
    line = [(95.0, 0.0), (95.0, 120.0)]
    placed = [captions.place(line, 40) for _ in range(4)]
    areas = [Rectangle(x if side == "start" else x - 40, y - 10, 40, 13) for x, y, side in placed]
    assert not any(overlap(area, places.boxes["a"]) for area in areas)
    assert not any(overlap(a, b) for i, a in enumerate(areas) for b in areas[i + 1 :])
