"""The layered layout: nothing overlaps, arrows go down, what can be straight is straight."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ragkit.spec.graph.layers import GAP_X, Item, Link, place


@st.composite
def levels(draw: Any) -> tuple[list[Item], list[Link]]:
    count = draw(st.integers(1, 9))
    sizes = st.floats(10, 120)
    items = [Item(str(n), draw(sizes), draw(sizes)) for n in range(count)]
    pairs = [(a, b) for a in range(count) for b in range(a + 1, count)]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=14, unique=True)) if pairs else []
    return items, [Link(str(a), str(b)) for a, b in chosen]


@given(levels())
def test_items_do_not_overlap_and_links_go_down(level: tuple[list[Item], list[Link]]) -> None:
    items, links = level
    placed = place(items, links)
    by_id = {item.id: item for item in items}
    for item in items:
        assert placed.middle[item.id] - item.width / 2 >= -1e-6
        assert placed.middle[item.id] + item.width / 2 <= placed.width + 1e-6
        assert placed.upper[item.id] + item.height <= placed.height + 1e-6
        upper, lower = placed.rows[item.id]
        assert upper - 1e-6 <= placed.upper[item.id]
        assert placed.upper[item.id] + item.height <= lower + 1e-6
    for one in items:
        for other in items:
            if one.id < other.id and placed.rows[one.id] == placed.rows[other.id]:
                apart = abs(placed.middle[one.id] - placed.middle[other.id])
                assert apart >= (one.width + other.width) / 2 + GAP_X / 2 - 1e-6
    for link in links:
        between = [y for bend in placed.bends[link] for y in bend[1:]]
        down = [placed.rows[link.source][1], *between, placed.rows[link.target][0]]
        assert down == sorted(down)
        for x, upper, _ in placed.bends[link]:
            for item in items:
                if placed.rows[item.id][0] == upper:
                    assert abs(x - placed.middle[item.id]) >= by_id[item.id].width / 2 - 1e-6


def test_a_chain_is_straight() -> None:
    items = [Item(name, width, 20) for name, width in (("a", 50), ("b", 120), ("c", 30))]
    placed = place(items, [Link("a", "b"), Link("b", "c")])
    assert len({round(x, 3) for x in placed.middle.values()}) == 1


def test_links_from_one_item_share_their_places() -> None:
    items = [Item(str(n), 40, 20) for n in range(4)]
    links = [Link("0", "1"), Link("1", "2"), Link("2", "3"), Link("0", "2"), Link("0", "3")]
    placed = place(items, links)
    assert placed.bends[links[3]][0] == placed.bends[links[4]][0]


def test_the_first_and_the_last_layer_are_kept() -> None:
    items = [Item("in", 0, 0, top=True), Item("a", 40, 20), Item("b", 40, 20), Item("exit", 40, 20, bottom=True),
             Item("out", 0, 0, bottom=True)]  # fmt: skip
    placed = place(items, [Link("in", "b"), Link("a", "b"), Link("a", "exit"), Link("exit", "out")])
    rows = sorted(placed.rows, key=lambda id: placed.rows[id])
    assert rows == ["in", "a", "b", "exit", "out"]


def test_crossings_are_undone() -> None:
    items = [Item(name, 40, 20) for name in "abcxyz"]
    placed = place(items, [Link("a", "z"), Link("b", "y"), Link("c", "x")])
    assert placed.middle["a"] == placed.middle["z"]
    assert placed.middle["c"] == placed.middle["x"]


def test_an_empty_level_has_no_size() -> None:
    assert place([], []).height == 0
