"""Saved results side by side: means with their intervals, and quality against context tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from ragkit.evaluate.results import SavedResult
from ragkit.trace.words import visible

COST = "context_tokens"


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
    st.dataframe(table, hide_index=True, alt=f"Saved results by {metric}")
    points = [
        {"name": row["result"], "value": [row[COST], row[metric]]}
        for row in table
        if row[COST] is not None and row[metric] is not None
    ]
    if points:
        st.echarts_chart(chart(points, metric), height=360, alt=f"{metric} against context tokens")


def chart(points: Sequence[Mapping[str, Any]], metric: str) -> dict[str, Any]:
    """Quality against context tokens: up and to the left is better."""
    return {
        "grid": {"left": 8, "right": 110, "top": 32, "bottom": 28, "containLabel": True},
        "xAxis": {"type": "value", "name": "context tokens", "nameLocation": "middle", "nameGap": 26, "scale": True},
        "yAxis": {"type": "value", "name": metric, "scale": True},
        "tooltip": {"trigger": "item"},
        "series": [
            {"type": "scatter", "symbolSize": 12, "data": list(points),
             "label": {"show": True, "position": "right", "formatter": "{b}"}}
        ],
    }  # fmt: skip


def _metric(result: SavedResult, name: str) -> Mapping[str, Any]:
    found = result.report["metrics"].get(name)
    return found if isinstance(found, Mapping) else {}
