"""The plots: which points are on the front, what a plot tells without being seen, and what no plot contains."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.evaluate.compare import compare
from ragkit.evaluate.compare.page.plots import NARROW, by_kind, endings, front, quality_against_tokens, tokens_measure
from ragkit.evaluate.compare.page.svg import ending_color, shade, side_color, variable
from tests.evaluate.compare.making import row, side, wrong

SVG = "{http://www.w3.org/2000/svg}"
points = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=12)


def comparison(**given):
    left = [row("a", {"context_tokens": 100.0}), wrong("b", metrics={"context_tokens": 100.0}, kind="multi")]
    right = [row("a", {"context_tokens": 50.0}), row("b", {"context_tokens": 60.0}, kind="multi")]
    return compare([side(given.get("label", "A"), left), side("B", right)])


@given(points)
def test_the_front_holds_what_nothing_beats(pairs) -> None:
    kept = front(pairs)
    costs = [pairs[index][0] for index in kept]
    assert costs == sorted(costs)
    for index, (cost, quality) in enumerate(pairs):
        beaten = any(c <= cost and q >= quality and (c < cost or q > quality) for c, q in pairs)
        assert (index in kept) != beaten


def test_front_by_hand() -> None:
    assert front([(3, 0.9), (1, 0.5), (2, 0.4), (2, 0.7), (5, 0.9)]) == [1, 3, 0]


def test_a_plot_says_what_it_shows() -> None:
    compared = comparison()
    root = ElementTree.fromstring(quality_against_tokens(compared, "correct", "context_tokens"))
    assert root.attrib["aria-label"] == "correct against context_tokens; on the front: B"
    titles = [element.text for element in root.iter(f"{SVG}title")]
    assert titles == [
        "A: correct 0.500 [0.000, 1.000] (n = 2), context_tokens 100 [100, 100] (n = 2)",
        "B: correct 1.000 [1.000, 1.000] (n = 2), context_tokens 55.0 [50.0, 60.0] (n = 2); on the front",
    ]


def test_each_part_of_a_bar_has_its_count() -> None:
    root = ElementTree.fromstring(endings(comparison(), NARROW))
    titles = [element.text for element in root.iter(f"{SVG}title")]
    assert titles == ["A: right, 1 of 2", "A: retrieval_miss, 1 of 2", "B: right, 2 of 2"]


def test_kinds_are_rows() -> None:
    root = ElementTree.fromstring(by_kind(comparison(), "correct", "kinds"))
    texts = [" ".join("".join(element.itertext()).split()) for element in root.iter(f"{SVG}text")]
    assert {"multi n = 1", "single n = 1"} <= set(texts)


@pytest.mark.parametrize("label", ["$\\frac{a}{", "<script>&", "a_b^c", "日本語"])
def test_labels_are_text_whatever_they_hold(label: str) -> None:
    root = ElementTree.fromstring(endings(comparison(label=label), NARROW))
    assert f"{label}: right, 1 of 2" in [element.text for element in root.iter(f"{SVG}title")]


def test_tokens_of_the_language_model_stand_in_where_the_context_is_not_known() -> None:
    made = [row("a", usage={"prompt_tokens": 10})]
    assert tokens_measure(compare([side("A", made), side("B", made)])) == "lm_tokens"
    none = [row("a")]
    assert tokens_measure(compare([side("A", none), side("B", none)])) is None


def test_stand_in_colours() -> None:
    assert variable(shade("ink")) == "var(--ink)"
    assert variable(side_color(9)) == "var(--side-1)"
    assert variable(ending_color(13)) == "var(--cause-13)"
    with pytest.raises(ValueError, match="no stand-in"):
        variable("#ffffff")
