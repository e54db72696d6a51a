"""The picture of recall against tokens."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

SVG = "{http://www.w3.org/2000/svg}"


def test_it_draws_every_setting_and_says_what_it_is() -> None:
    from figure import Panel, draw

    curve = [(100.0, 0.5), (200.0, 0.7), (400.0, 0.9)]
    panels = [
        Panel("bm25", curve, {"knee": [(150.0, 0.6), (300.0, 0.2)]}),
        Panel("dense", curve, {"a&b": [(250.0, 0.8)]}),
    ]
    root = ElementTree.fromstring(draw("recall <here>", panels))
    assert root.get("aria-label") == "recall <here>"
    assert len([line for line in root.iter(f"{SVG}polyline")]) == 2
    words = [text.text for text in root.iter(f"{SVG}text")]
    assert {"bm25", "dense", "knee", "a&b", "fixed k", "mean tokens kept"} <= set(words)
    circles = list(root.iter(f"{SVG}circle"))
    assert [circle.get("class") for circle in circles] == ["m0", "m0 hollow", "m0"]  # two settings and the legend
    assert circles[1].get("cy") == circles[1].get("cy") == "306.0"
    assert "prefers-color-scheme: dark" in "".join(root.itertext())


def test_marks_keep_the_order_of_their_numbers() -> None:
    from figure import Panel, draw

    points = [(10.0, 0.6), (100.0, 0.7), (1000.0, 0.8)]
    root = ElementTree.fromstring(draw("", [Panel("p", points, {"r": points})]))
    xs, ys = zip(*[(float(c.get("cx")), float(c.get("cy"))) for c in root.iter(f"{SVG}circle")][:3], strict=True)
    assert list(xs) == sorted(xs)
    assert list(ys) == sorted(ys, reverse=True)
    assert xs[1] - xs[0] == pytest.approx(xs[2] - xs[1], abs=0.5)  # the axis is logarithmic


def test_more_rules_than_colours_are_refused() -> None:
    from figure import Panel, draw

    with pytest.raises(ValueError, match="9 rules"):
        draw("", [Panel("p", [(1.0, 0.5)], {str(number): [(1.0, 0.5)] for number in range(9)})])
