"""A corpus as a map: documents near in meaning stand near; a question stands among them with what it took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from ragkit.trace.words import one_line
from ui.atlas import Atlas
from ui.corpora import Entry

_COLOURS = (
    "#3b82c4", "#e08a1e", "#2a9d8f", "#c2559d", "#7b6fd0", "#8aa62f", "#d9663a", "#4bb3d6",
)  # fmt: skip
_OTHER, _GREY = "other", "#9aa5b1"
_QUESTION = "the question"
_HEIGHT = 560


def draw(
    atlas: Atlas,
    entries: Sequence[Entry],
    field: str | None,
    question: tuple[float, float] | None,
    taken: Sequence[str],
) -> str | None:
    """The map.

    Args:
        atlas: The places.
        entries: Every document of the corpus.
        field: The metadata that colours them.
        question: Where a question stands.
        taken: The ids of the documents that it took.

    Returns:
        The id of the document that was clicked at.
    """
    groups = grouped(atlas, entries, field)
    option = chart(groups, question, taken, {entries[n].id: tuple(p) for n, p in _placed(atlas)})
    told = ", ".join(f"{name} ({len(points)})" for name, points in groups.items())
    state = st.echarts_chart(
        option, height=_HEIGHT, key="corpus-map", on_select="rerun", alt=f"The documents by meaning: {told}"
    )
    series: list[Any] = option["series"]
    for chosen in state.selection.selected:
        points = series[chosen["series_index"]]["data"]
        for index in chosen["data_indices"]:
            if index < len(points) and points[index].get("id"):
                return str(points[index]["id"])
    return None


def grouped(atlas: Atlas, entries: Sequence[Entry], field: str | None) -> dict[str, list[dict[str, Any]]]:
    """The documents on the map by a value of their metadata: the most frequent ones, and the rest as ``other``."""
    drawn = [entries[number] for number in atlas.documents]
    counts = Counter(_value(entry, field) for entry in drawn)
    names = [name for name, _ in counts.most_common(len(_COLOURS))]
    groups: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for entry, (x, y) in zip(drawn, atlas.places.tolist(), strict=True):
        value = _value(entry, field)
        point = {"id": entry.id, "name": one_line(entry.title or entry.id, 90), "value": [round(x, 3), round(y, 3)]}
        groups.setdefault(value if value in names else _OTHER, []).append(point)
    return groups


def chart(
    groups: Mapping[str, Sequence[Mapping[str, Any]]],
    question: tuple[float, float] | None,
    taken: Sequence[str],
    places: Mapping[str, tuple[float, ...]],
) -> dict[str, Any]:
    """The chart: a series for each group, then what was taken, then the question with a line to each."""
    series: list[dict[str, Any]] = [
        {
            "type": "scatter", "name": name, "data": list(points), "symbolSize": 8, "selectedMode": "single",
            "itemStyle": {"color": _GREY if name == _OTHER else _COLOURS[index % len(_COLOURS)], "opacity": 0.75},
        }
        for index, (name, points) in enumerate(groups.items())
    ]  # fmt: skip
    names = {point["id"]: point["name"] for points in groups.values() for point in points}
    marked = [id for id in dict.fromkeys(taken) if id in places]
    if marked:
        series.append(
            {
                "type": "scatter", "name": "taken", "symbolSize": 16, "selectedMode": "single", "z": 4,
                "itemStyle": {"color": "transparent", "borderColor": "#d33333", "borderWidth": 2},
                "data": [{"id": id, "name": names.get(id, id), "value": list(places[id])} for id in marked],
            }
        )  # fmt: skip
    if question is not None:
        here = [round(each, 3) for each in question]
        series.append(
            {
                "type": "scatter", "name": _QUESTION, "symbol": "diamond", "symbolSize": 20, "z": 5,
                "itemStyle": {"color": "#d33333"}, "data": [{"name": _QUESTION, "value": here}],
                "markLine": {
                    "symbol": "none", "silent": True, "label": {"show": False},
                    "lineStyle": {"color": "#d33333", "type": "dotted", "opacity": 0.6},
                    "data": [[{"coord": here}, {"coord": list(places[id])}] for id in marked],
                },
            }
        )  # fmt: skip
    shown = [list(place) for place in places.values()] + ([list(question)] if question is not None else [])
    axes = [_axis([place[side] for place in shown]) for side in (0, 1)]
    return {
        "grid": {"left": 8, "right": 8, "top": 8, "bottom": 40},
        "xAxis": axes[0], "yAxis": axes[1], "animation": False,
        # Drawn on the canvas, so that a title is never read as HTML.
        "tooltip": {"trigger": "item", "renderMode": "richText", "formatter": "{b}"},
        "legend": {"type": "scroll", "bottom": 0, "data": list(groups) if len(groups) > 1 else []},
        "dataZoom": [{"type": "inside", "xAxisIndex": 0}, {"type": "inside", "yAxisIndex": 0}],
        "series": series,
    }  # fmt: skip


def _axis(values: Sequence[float]) -> dict[str, Any]:
    """A hidden axis that fits its values closely."""
    low, high = min(values, default=0.0), max(values, default=0.0)
    edge = 0.03 * (high - low) or 1.0
    return {"type": "value", "show": False, "min": round(low - edge, 3), "max": round(high + edge, 3)}


def _placed(atlas: Atlas) -> Sequence[tuple[int, list[float]]]:
    return list(zip(atlas.documents.tolist(), atlas.places.round(3).tolist(), strict=True))


def _value(entry: Entry, field: str | None) -> str:
    if field is None:
        return "documents"
    return one_line(entry.values.get(field) or "none", 40)
