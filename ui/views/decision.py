"""What a step decided, and on what: the score curve with the cut, a router's probabilities, the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from ragkit.trace.model import Span
from ragkit.trace.telling import decision_in_words
from ragkit.trace.words import in_words, number, visible
from ragkit.types import Decision
from ui.other_rules import Other, others
from ui.views.text import label


def draw(decision: Decision) -> None:
    """The decision: its reason as a sentence, then the numbers that it stood on."""
    st.text(decision_in_words(decision))
    details = decision.details
    if has_curve(decision):
        st.echarts_chart(curve(decision), height=240, alt=_curve_in_words(decision))
    if _is_table(details.get("probabilities")):
        _probabilities(decision)
    rest = {name: value for name, value in details.items() if name not in ("curve", "probabilities")}
    if rest:
        with st.expander("What it was decided on", icon=":material/data_object:"):
            rows = [{"what": visible(name), "value": in_words(value, 2_000)} for name, value in rest.items()]
            st.dataframe(rows, hide_index=True, alt="The numbers of the decision")


def draw_others(span: Span) -> None:
    """What other selectors would have kept of the same list, on its curve and with their reasons."""
    found = others(span)
    if not found or span.decision is None:
        return
    with st.expander("What other rules would have kept", icon=":material/rule:", key=f"others-{span.index}"):
        if has_curve(span.decision):
            st.echarts_chart(
                curve_with(span.decision, found), height=260, key=f"others-curve-{span.index}",
                alt="; ".join(f"{other.use} {other.kept}" for other in found if other.kept is not None),
            )  # fmt: skip
        rows = [{"rule": other.use, "kept": other.kept, "why": visible(other.why)} for other in found]
        st.dataframe(
            sorted(rows, key=lambda row: (row["kept"] is None, row["kept"])), hide_index=True,
            column_config={"why": st.column_config.TextColumn(width="large")}, alt="What other selectors would keep",
        )  # fmt: skip
        st.caption("Each with its defaults, on the list that this step was given.")


def curve_with(decision: Decision, found: Sequence[Other]) -> dict[str, Any]:
    """The chart of the scores with a line where each of the other rules would have cut."""
    by_kept: dict[int, list[str]] = {}
    for other in found:
        if other.kept is not None:
            by_kept.setdefault(other.kept, []).append(other.use.partition(".")[2])
    chart = curve(decision)
    longest = chart["xAxis"]["max"]
    lines = [
        {
            "xAxis": min(kept, longest) + 0.5,
            # Neighbours stand at three heights, so that they can be read where the cuts are close.
            "label": {"formatter": f"{', '.join(names)} {kept}", "fontSize": 10, "distance": 4 + 14 * (place % 3)},
            "lineStyle": {"type": "dotted"},
        }
        for place, (kept, names) in enumerate(sorted(by_kept.items()), start=1)
    ]
    chart["series"].append(
        {
            "type": "line",
            "name": "other rules",
            "data": [],
            "markLine": {"symbol": "none", "silent": True, "data": lines},
        }
    )
    chart["grid"]["top"] = 76
    return chart


def curve(decision: Decision) -> dict[str, Any]:
    """The chart of the scores by rank; what was kept is filled, a line shows the cut.

    A selector looks at ``rank`` for its cut; what it kept may be more (a buffer) or less (a bound).
    """
    details = decision.details
    scores: Sequence[float] = details["curve"]
    kept = decision.kept or 0
    points = [[rank, score] for rank, score in enumerate(scores, start=1)]
    lines: list[dict[str, Any]] = []
    cut = details.get("rank")
    if isinstance(cut, int) and cut != kept:
        lines.append({"xAxis": cut + 0.5, "label": {"formatter": "cut"}, "lineStyle": {"type": "dotted"}})
    lines.append({"xAxis": kept + 0.5, "label": {"formatter": f"kept {kept}"}, "lineStyle": {"type": "solid"}})
    series = [
        {
            "type": "line", "name": "kept", "data": points[:kept], "areaStyle": {"opacity": 0.25}, "symbolSize": 6,
            "markLine": {"symbol": "none", "data": lines, "silent": True},
        },
        {"type": "line", "name": "left out", "data": points[max(kept - 1, 0) :], "symbolSize": 4,
         "lineStyle": {"type": "dashed", "color": "#9aa5b1"}, "itemStyle": {"color": "#9aa5b1"}},
    ]  # fmt: skip
    if kept == 0:
        series[1]["markLine"] = series[0].pop("markLine")
    return {**_axes(len(scores), str(details.get("score_name", "score"))), "series": series}


def has_curve(decision: Decision) -> bool:
    """Whether the decision kept the scores that it stood on."""
    value = decision.details.get("curve")
    return isinstance(value, Sequence) and len(value) > 1 and all(isinstance(each, (int, float)) for each in value)


def two_curves(left: Decision, right: Decision, names: tuple[str, str]) -> dict[str, Any]:
    """The chart of two decisions on the same axes, each with a line where it cut."""
    series = []
    for decision, name, style, colour in zip(
        (left, right), names, ("solid", "dashed"), ("#3b82c4", "#e08a1e"), strict=True
    ):
        kept = decision.kept or 0
        mark = {"xAxis": kept + 0.5, "label": {"formatter": f"{name} kept {kept}"}, "lineStyle": {"type": style}}
        if name == names[1]:
            mark["label"] = {"formatter": f"{name} kept {kept}", "position": "insideEndTop", "rotate": 0}
        series.append(
            {
                "type": "line", "name": name, "symbolSize": 4, "lineStyle": {"type": style, "color": colour},
                "itemStyle": {"color": colour}, "markLine": {"symbol": "none", "data": [mark], "silent": True},
                "data": [[rank, score] for rank, score in enumerate(decision.details["curve"], start=1)],
            }
        )  # fmt: skip
    longest = max(len(each.details["curve"]) for each in (left, right))
    return {
        **_axes(longest, str(left.details.get("score_name", "score"))),
        "legend": {"top": 0, "right": 0},
        "series": series,
    }


def _axes(most: int, score: str) -> dict[str, Any]:
    return {
        "animation": False,
        "grid": {"left": 24, "right": 24, "top": 40, "bottom": 32, "containLabel": True},
        "xAxis": {
            "type": "value", "name": "rank", "nameLocation": "middle", "nameGap": 26, "min": 1, "max": most,
            "minInterval": 1,
        },
        # Beside the axis: above it the name would stand in the words that mark a cut after the first rank.
        "yAxis": {"type": "value", "name": score, "nameLocation": "middle", "nameGap": 36, "scale": True},
        "tooltip": {"trigger": "axis", "renderMode": "richText"},
    }  # fmt: skip


def _curve_in_words(decision: Decision) -> str:
    scores = decision.details["curve"]
    ends = f"from {number(scores[0])} down to {number(scores[-1])}"
    return f"The scores of {len(scores)} passages by rank, {ends}; the first {decision.kept} were kept"


def _probabilities(decision: Decision) -> None:
    found: Mapping[str, float] = decision.details["probabilities"]
    for name, value in sorted(found.items(), key=lambda pair: -pair[1]):
        took = " · taken" if name == decision.label else ""
        st.progress(min(max(value, 0.0), 1.0), text=f"{label(name)} {value:.3f}{took}")
    if decision.threshold is not None:
        st.caption(f"Held against the threshold {number(decision.threshold)}.")


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value) and all(isinstance(each, (int, float)) for each in value.values())
