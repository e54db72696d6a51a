"""Saved results side by side: means with their intervals, and quality against context tokens with its front."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import streamlit as st

from ragkit.evaluate.compare.conditions import conditions
from ragkit.evaluate.compare.page.plots import front
from ragkit.evaluate.compare.side import Side
from ragkit.evaluate.results import LAST, SavedResult
from ragkit.trace.words import visible

COST = "context_tokens"
_BLUE, _GREY = "#3b82c4", "#9aa5b1"


def asked(saved: SavedResult) -> str:
    """The questions of a result in words: two results whose words are the same answered the same questions."""
    found = (saved.report.get("conditions") or {}).get("data") or {}
    parts = [f"{found.get('n')} of {found.get('of')}"]
    parts += [str(found["split"])] if found.get("split") else []
    parts += ["kinds " + ", ".join(found["kinds"])] if found.get("kinds") else []
    if found.get("limit") is not None:
        drawn = "the first" if found.get("seed") is None else f"drawn with seed {found['seed']}"
        parts.append(f"limit {found['limit']}, {drawn}")
    return f"{found.get('name')}: {' · '.join(parts)} ({str(found.get('sha256'))[:8]})"


def distinct(results: Sequence[SavedResult]) -> list[SavedResult]:
    """Without ``last`` where it is also there under a name that a person gave it."""
    named = [saved.report for saved in results if saved.name != LAST]
    return [saved for saved in results if saved.name != LAST or saved.report not in named]


def uneven(results: Sequence[SavedResult]) -> Iterator[str]:
    """What was not the same when the results were measured, so that a difference may come from it."""
    sides = [Side(saved.name, saved.name, {}, saved.report.get("conditions") or {}) for saved in results]
    for name, values in conditions(sides).items():
        groups: dict[str, list[str]] = {}
        for saved, value in zip(results, values, strict=True):
            groups.setdefault(value, []).append(saved.name)
        if len(groups) > 1:
            yield f"{name} differs: " + "; ".join(f"{value} ({', '.join(by)})" for value, by in groups.items())


def rows(results: Sequence[SavedResult], metric: str) -> list[dict[str, Any]]:
    """A row for each result, the best mean first; one that does not know the metric comes last, without numbers."""
    found = []
    for result in results:
        quality, cost = (_metric(result, name) for name in (metric, COST))
        found.append(
            {
                "result": result.name,
                "pipeline": visible(str((result.report.get("conditions") or {}).get("pipeline", {}).get("name", ""))),
                metric: quality.get("mean"), "low": quality.get("low"), "high": quality.get("high"),
                "questions": quality.get("n"), COST: cost.get("mean"), "failed runs": result.report.get("errors"),
            }
        )  # fmt: skip
    return sorted(found, key=lambda row: (row[metric] is None, -(row[metric] or 0)))


def draw(results: Sequence[SavedResult], metric: str) -> None:
    """The table, and the chart where tokens were counted."""
    table = rows(results, metric)
    number = st.column_config.NumberColumn(format="%.4f", width=80)
    st.dataframe(
        table, hide_index=True, alt=f"Saved results by {metric}",
        column_config={
            metric: number, "low": number, "high": number, COST: st.column_config.NumberColumn(format="%.0f", width=110)
        },
    )  # fmt: skip
    points = [row for row in table if row[COST] is not None and row[metric] is not None]
    if points:
        best = [row["result"] for row in on_front(points, metric)]
        told = f"{metric} against context tokens; nothing is both better and cheaper than {', '.join(best)}"
        st.echarts_chart(chart(points, metric), height=380, alt=told)
        st.caption("Up and to the left is better. Bars are the intervals; the dashed line joins what nothing beats.")


def on_front(points: Sequence[Mapping[str, Any]], metric: str) -> list[Mapping[str, Any]]:
    """The rows of which none other is at least as good and as cheap, the cheapest first."""
    return [points[index] for index in front([(row[COST], row[metric]) for row in points])]


def chart(points: Sequence[Mapping[str, Any]], metric: str) -> dict[str, Any]:
    """Quality against context tokens: a point with its interval for each result, and the front."""
    intervals = [
        [{"coord": [row[COST], row["low"]]}, {"coord": [row[COST], row["high"]]}]
        for row in points
        if row["low"] is not None and row["high"] is not None
    ]
    return {
        "animation": False,
        "grid": {"left": 8, "right": 90, "top": 36, "bottom": 28, "containLabel": True},
        "xAxis": {
            "type": "value", "name": "context tokens", "nameLocation": "middle", "nameGap": 26, "scale": True,
            "splitNumber": 4,
        },
        "yAxis": {"type": "value", "name": metric, "scale": True},
        "tooltip": {"trigger": "item", "renderMode": "richText"},
        "series": [
            {
                "type": "line", "name": "front", "symbol": "none", "silent": True, "z": 1,
                "lineStyle": {"type": "dashed", "color": _GREY},
                "data": [[row[COST], row[metric]] for row in on_front(points, metric)],
            },
            {  # a line of marks does not widen an axis; these points, which are not drawn, do
                "type": "scatter", "name": "intervals", "symbolSize": 0, "silent": True,
                "data": [end["coord"] for interval in intervals for end in interval],
            },
            {
                "type": "scatter", "name": metric, "symbolSize": 12, "itemStyle": {"color": _BLUE},
                "data": [{"name": row["result"], "value": [row[COST], row[metric]]} for row in points],
                "label": {  # beside the bar of the interval, not in it
                    "show": True, "position": [14, -10], "formatter": "{b}", "width": 110, "overflow": "truncate",
                },
                "labelLayout": {"moveOverlap": "shiftY", "hideOverlap": True},
                "markLine": {
                    "symbol": "none", "silent": True, "label": {"show": False}, "data": intervals,
                    "lineStyle": {"type": "solid", "color": _BLUE, "opacity": 0.6},
                },
            },
        ],
    }  # fmt: skip


def _metric(result: SavedResult, name: str) -> Mapping[str, Any]:
    found = result.report["metrics"].get(name)
    return found if isinstance(found, Mapping) else {}
