"""Layered layout of one level of a drawing, after Sugiyama, Tagawa and Toda (1981).

Items are put into layers along their longest path, arrows that span several layers are given a place in each, the order
inside the layers is found by medians, and the places by least squares: in a layer, each item wants to stand over the
mean of its neighbours, and the order and the gaps are kept; the nearest places that do so are an isotonic regression
(pool adjacent violators). Arrows from one item share their places, so that what is read by many looks like one line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

GAP_X, GAP_Y = 26.0, 34.0
_SWEEPS = 12
_CENTRED = 60.0
"""Beside an item that is higher by more than this, one stands at the upper edge of the layer instead of its middle."""
Key = str | tuple[str, str, int]
"""An item, or the place of an arrow in a layer: (item, port, layer)."""


@dataclass(frozen=True, slots=True)
class Item:
    """What is placed: its size. ``top`` and ``bottom`` pin it to the first or the last layer."""

    id: str
    width: float
    height: float
    top: bool = False
    bottom: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """An arrow between two items; ``port`` tells apart the arrows that leave one item at different places.

    ``leaves`` and ``enters`` are the distances of its ends from the middle of the items.
    """

    source: str
    target: str
    port: str = ""
    leaves: float = 0.0
    enters: float = 0.0


@dataclass(slots=True)
class Placed:
    """The result: for each item its middle and upper edge, for each link the points between its ends, and the size."""

    middle: dict[str, float] = field(default_factory=dict)
    upper: dict[str, float] = field(default_factory=dict)
    bends: dict[Link, list[tuple[float, float, float]]] = field(default_factory=dict)
    """Per link: (x, upper, lower) of every layer between those of its ends."""
    rows: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Upper and lower edge of the layer that an item stands in."""
    width: float = 0.0
    height: float = 0.0


def place(items: Sequence[Item], links: Sequence[Link]) -> Placed:
    """Places the items; links must not form a cycle."""
    by_id = {item.id: item for item in items}
    layer = _layers(by_id, links)
    count = max(layer.values(), default=-1) + 1
    rows: list[list[Key]] = [[] for _ in range(count)]
    for item in items:
        rows[layer[item.id]].append(item.id)
    chains = {link: _chain(link, layer, rows) for link in links}
    below: dict[Key, dict[Key, float]] = defaultdict(dict)
    above: dict[Key, dict[Key, float]] = defaultdict(dict)
    for link, chain in chains.items():
        for index, (upper, lower) in enumerate(pairwise(chain)):
            leaves = link.leaves if index == 0 else 0.0
            enters = link.enters if index == len(chain) - 2 else 0.0
            below[upper][lower] = leaves - enters
            above[lower][upper] = enters - leaves
    rows = _ordered(rows, above, below)
    widths = {key: by_id[key].width if isinstance(key, str) else 0.0 for row in rows for key in row}
    x = _columns(rows, widths, above, below)
    return _placed(rows, x, by_id, chains)


def _layers(items: Mapping[str, Item], links: Sequence[Link]) -> dict[str, int]:
    """The longest path from above; then items that nothing is above come down to the first that reads them."""
    outgoing: dict[str, list[str]] = defaultdict(list)
    waiting = dict.fromkeys(items, 0)
    for link in links:
        outgoing[link.source].append(link.target)
        waiting[link.target] += 1
    ready = [id for id, count in waiting.items() if count == 0]
    start = {item.id: int(not item.top) * int(any(i.top for i in items.values())) for item in items.values()}
    layer = dict(start)
    order = []
    while ready:
        id = ready.pop(0)
        order.append(id)
        for target in outgoing[id]:
            layer[target] = max(layer[target], layer[id] + 1)
            waiting[target] -= 1
            if waiting[target] == 0:
                ready.append(target)
    fed = {link.target for link in links}
    for id in reversed(order):
        if id not in fed and outgoing[id] and not items[id].top:
            layer[id] = max(layer[id], min(layer[target] for target in outgoing[id]) - 1)
    last = max((value for id, value in layer.items() if not items[id].bottom), default=-1)
    for id in order:
        if items[id].bottom:
            layer[id] = max([last + 1, *(layer[link.source] + 1 for link in links if link.target == id)])
    return layer


def _chain(link: Link, layer: Mapping[str, int], rows: list[list[Key]]) -> list[Key]:
    """The link's ends and its places between them, which links from the same port share."""
    chain: list[Key] = [link.source]
    for between in range(layer[link.source] + 1, layer[link.target]):
        key = (link.source, link.port, between)
        if key not in rows[between]:
            rows[between].append(key)
        chain.append(key)
    return [*chain, link.target]


_Near = Mapping[Key, Mapping[Key, float]]


def _ordered(rows: list[list[Key]], above: _Near, below: _Near) -> list[list[Key]]:
    best, fewest = rows, _crossings(rows, below)
    current = [list(row) for row in rows]
    for sweep in range(_SWEEPS):
        downward = sweep % 2 == 0
        near = above if downward else below
        for index in range(1, len(current)) if downward else range(len(current) - 2, -1, -1):
            fixed = {key: place for place, key in enumerate(current[index - 1 if downward else index + 1])}
            wanted = {}
            for place, key in enumerate(current[index]):
                ranks = sorted(fixed[other] for other in near.get(key, ()) if other in fixed)
                wanted[key] = (ranks[len(ranks) // 2] + ranks[(len(ranks) - 1) // 2]) / 2 if ranks else float(place)
            current[index].sort(key=wanted.__getitem__)
        crossings = _crossings(current, below)
        if crossings < fewest:
            best, fewest = [list(row) for row in current], crossings
    return best


def _crossings(rows: Sequence[Sequence[Key]], below: _Near) -> int:
    total = 0
    for upper, lower in pairwise(rows):
        places = {key: place for place, key in enumerate(lower)}
        ends = [places[other] for key in upper for other in sorted(below.get(key, ()), key=lambda k: places.get(k, -1))
                if other in places]  # fmt: skip
        total += sum(ends[i] > ends[j] for i in range(len(ends)) for j in range(i + 1, len(ends)))
    return total


def _columns(
    rows: Sequence[Sequence[Key]], widths: Mapping[Key, float], above: _Near, below: _Near
) -> dict[Key, float]:
    """The middle of every item and place."""
    x: dict[Key, float] = {}
    for row in rows:
        x.update(_packed(row, widths, [0.0] * len(row), [1.0] * len(row)))
    for sweep in range(_SWEEPS):
        downward = sweep % 2 == 0
        for row in rows if downward else reversed(rows):
            wanted, weights = [], []
            for key in row:
                near = {**(above.get(key, {})), **(below.get(key, {}) if sweep > 1 or not downward else {})}
                ends = [x[other] - shift for other, shift in near.items()]
                wanted.append(sum(ends) / len(ends) if ends else x[key])
                weights.append(8.0 if not isinstance(key, str) else 1.0 + len(ends))
            x.update(_packed(row, widths, wanted, weights))
    left = min((x[key] - widths[key] / 2 for row in rows for key in row), default=0.0)
    return {key: value - left for key, value in x.items()}


def _packed(
    row: Sequence[Key], widths: Mapping[Key, float], wanted: Sequence[float], weights: Sequence[float]
) -> dict[Key, float]:
    """The places nearest to the wanted ones that keep order and gaps (weighted isotonic regression)."""
    offsets = [0.0]
    for left, right in pairwise(row):
        gap = GAP_X if isinstance(left, str) and isinstance(right, str) else GAP_X / 2
        offsets.append(offsets[-1] + (widths[left] + widths[right]) / 2 + gap)
    blocks: list[list[float]] = []  # mean, weight, length
    for place, offset, weight in zip(wanted, offsets, weights, strict=False):
        blocks.append([place - offset, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            mean, heavy, length = blocks.pop()
            last = blocks[-1]
            last[0] = (last[0] * last[1] + mean * heavy) / (last[1] + heavy)
            last[1] += heavy
            last[2] += length
    level = [mean for mean, _, length in blocks for _ in range(int(length))]
    return {key: base + offset for key, base, offset in zip(row, level, offsets, strict=True)}


def _placed(
    rows: Sequence[Sequence[Key]], x: Mapping[Key, float], items: Mapping[str, Item], chains: Mapping[Link, list[Key]]
) -> Placed:
    placed = Placed()
    edges: list[tuple[float, float]] = []
    upper = 0.0
    for row in rows:
        own = [items[key] for key in row if isinstance(key, str)]
        height = max((item.height for item in own), default=0.0)
        edges.append((upper, upper + height))
        for item in own:
            placed.middle[item.id] = x[item.id]
            placed.upper[item.id] = upper + (height - item.height) / 2 * (height - item.height < _CENTRED)
            placed.rows[item.id] = edges[-1]
            placed.width = max(placed.width, x[item.id] + item.width / 2)
        placed.width = max([placed.width, *(x[key] for key in row)])
        placed.height = upper + height
        upper += height + GAP_Y
    for link, chain in chains.items():
        placed.bends[link] = [(x[key], *edges[key[2]]) for key in chain[1:-1] if not isinstance(key, str)]
    return placed
