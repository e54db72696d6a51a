"""The steps of a run over time: when each began, how long it took, its tokens."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ragkit.trace.model import Span, Trace
from ragkit.trace.words import duration

_COLOURS = {
    "RETRIEVER": "#2a9d8f", "RERANKER": "#e9a23b", "LLM": "#d9663a", "EMBEDDING": "#7b6fd0", "CHAIN": "#4c8bd6",
}  # fmt: skip
_GREY, _RED = "#9aa5b1", "#d33333"
_ROW, _FRAME = 26, 70


def draw(trace: Trace) -> None:
    """The waterfall; a run that did nothing has none."""
    spans = timed(trace)
    if not spans:
        st.caption("No step ran.")
        return
    told = ", ".join(f"{name_of(span)} {duration(span.ended - span.started)}" for span in spans)
    st.echarts_chart(spec(trace), height=_FRAME + _ROW * len(spans), alt=f"The steps over time: {told}")


def timed(trace: Trace) -> list[Span]:
    """The spans that took time, in the order in which they began."""
    ran = [span for span in trace.spans if span.status != "skipped"]
    return sorted(ran, key=lambda span: (span.started, span.index))


def name_of(span: Span) -> str:
    """A step's name, with the round or element that it ran in."""
    return f"{span.step.rpartition('.')[2]} {span.frame}".rstrip()


def spec(trace: Trace) -> dict[str, Any]:
    """The chart: a bar for each span from its start, milliseconds since the run began. A bar is never too thin."""
    spans = timed(trace)
    begin = min((span.started for span in spans), default=trace.started)
    offsets = [(span.started - begin) / 1e6 for span in spans]
    bars = [
        {
            "value": round((span.ended - span.started) / 1e6, 4),
            "itemStyle": {"color": _RED if span.status == "failed" else _COLOURS.get(span.kind, _GREY)},
            "label": {"show": True, "position": "right", "formatter": _said(span)},
        }
        for span in spans
    ]
    return {
        "animation": False,
        "grid": {"left": 8, "right": 96, "top": 8, "bottom": 28, "containLabel": True},
        "xAxis": {"type": "value", "splitNumber": 3, "axisLabel": {"formatter": "{value} ms"}},
        "yAxis": {
            "type": "category", "inverse": True, "data": [name_of(span) for span in spans],
            "axisLabel": {"width": 130, "overflow": "truncate"},
        },
        "series": [
            {
                "type": "bar", "stack": "time", "data": [round(offset, 4) for offset in offsets], "silent": True,
                "itemStyle": {"color": "transparent"}, "tooltip": {"show": False},
            },
            {"type": "bar", "stack": "time", "data": bars, "barMinHeight": 3, "barMaxWidth": 16},
        ],
        "tooltip": {"trigger": "item", "renderMode": "richText", "formatter": "{b}: {c} ms"},
    }  # fmt: skip


def _said(span: Span) -> str:
    told = duration(span.ended - span.started)
    if span.status == "cached":
        return f"{told}, cached"
    if span.usage is not None and span.usage.lm_calls:
        counts = span.usage.prompt_tokens, span.usage.completion_tokens
        tokens = "unknown" if None in counts else f"{sum(count or 0 for count in counts):,}"
        return f"{told}, {tokens} tok"
    return told
