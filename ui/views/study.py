"""A search for better values: how far it is, what it tried, and the card that it came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from ragkit.evaluate.compare.page.plots import front
from ragkit.optimize.card import markdown
from ragkit.trace.words import counted, visible
from ui.searches import COST, Search, Trial
from ui.views.text import label, show

_BLUE, _GREY, _RED = "#3b82c4", "#9aa5b1", "#d33333"
_SIDES = {"default": "defaults", "best": "best", "random": "best of a random search"}


def progress(search: Search, whole: int, given_up: int) -> None:
    """How many trials of those asked for have ended, and how one that was stopped goes on."""
    ended = whole + given_up
    text = f"{search.state}: {ended} of {search.trials} trials, {given_up} of them given up early"
    st.progress(min(ended / search.trials, 1.0) if search.trials else 1.0, text=text)
    if search.state == "stopped":
        st.caption("It can go on, in a terminal:")
        st.code(f"ragkit study resume {search.name}", language="bash")


def trials(found: Sequence[Trial], metric: str) -> None:
    """Each trial as a point: what it gave against the context tokens that it took."""
    known = [trial for trial in found if None not in _at(trial, metric)]
    if not known:
        return
    st.echarts_chart(chart(known, metric), height=340, alt=f"{counted(len(known), 'trial')} by {metric} and tokens")
    st.caption("Each point is a trial on the tuning questions; grey ones break a limit.")


def chart(known: Sequence[Trial], metric: str) -> dict[str, Any]:
    """The trials, those within the limits apart from the others, and the front of those within."""
    within = [trial for trial in known if trial.feasible]
    groups = (("within the limits", within, _BLUE), ("a limit broken", [t for t in known if not t.feasible], _GREY))
    points = [_at(trial, metric) for trial in within]
    series: list[dict[str, Any]] = [
        {
            "type": "line", "name": "front", "symbol": "none", "silent": True, "step": "end",
            "lineStyle": {"type": "dashed", "color": _RED}, "data": [points[index] for index in front(points)],
        }
    ]  # fmt: skip
    for name, trials, colour in groups:
        data = [
            {"name": f"trial {trial.number}: {choices(trial.choices)}", "value": _at(trial, metric)} for trial in trials
        ]
        series.append({"type": "scatter", "name": name, "symbolSize": 9, "itemStyle": {"color": colour}, "data": data})
    return {
        "animation": False,
        "grid": {"left": 8, "right": 24, "top": 36, "bottom": 28, "containLabel": True},
        "xAxis": {"type": "value", "name": "context tokens", "nameLocation": "middle", "nameGap": 26, "scale": True},
        "yAxis": {"type": "value", "name": metric, "scale": True},
        "tooltip": {"trigger": "item", "renderMode": "richText", "formatter": "{b}"},
        "series": series,
    }


def card(document: Mapping[str, Any]) -> None:
    """What a search came to, on questions that it did not see: verdict, sides, values, and how to do it again."""
    verdict, conditions = document["verdict"], document["conditions"]
    show(verdict["sentence"])
    data = conditions["data"]
    st.caption(
        label(
            f"{document['objective']} · {data['tune']} questions to search on, {data['report']} held out, parted "
            f"{data['how']} · {data['file']} ({data['sha256'][:8]}) · {conditions['when']}",
            600,
        )
    )
    sides, values = st.columns(2)
    with sides:
        st.caption("On the held-out questions")
        st.dataframe(held_out(document), hide_index=True, alt="The sides on the held-out questions")
    with values:
        st.caption("Values")
        st.dataframe(marks(document), hide_index=True, alt="The values of each mark")
    for name, told in (("gain", "defaults"), ("gain_over_random", "a random search of the same cost")):
        gain = verdict["figures"].get(name)
        if gain is not None and gain["low"] is not None:
            st.caption(
                f"Best less {told}: {gain['mean']:+.4f} [{gain['low']:+.4f}, {gain['high']:+.4f}], "
                f"paired over {gain['n']} questions, p {gain['p']:.3f}."
            )
    found = profiles(document)
    if found:
        st.caption("Profiles")
        wide = st.column_config.TextColumn(width="large")
        st.dataframe(
            found,
            hide_index=True,
            placeholder="–",
            alt="What was found for each profile",
            column_config={"what came of it": wide},
        )
    st.caption("To do it again:")
    st.code(document["again"], language="bash", wrap_lines=True)
    with st.expander("The whole card: prompts, the front, what it spent", icon=":material/description:"):
        st.code(_whole(document), language="markdown", wrap_lines=True)


def _whole(document: Mapping[str, Any]) -> str:
    """The card as the terminal's page has it; one of another ragkit may lack what that page says."""
    try:
        return visible(markdown(document))
    except (KeyError, TypeError) as error:
        return f"It was written by another ragkit, and cannot be shown: {error}"


def held_out(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each side of the verdict."""
    sides = document["verdict"]["figures"]["sides"]
    return [
        {
            "side": _SIDES.get(name, visible(name)),
            **{end: side["value"][end] for end in ("mean", "low", "high")},
            "tokens": side["metrics"].get(COST), "keeps the limits": side["keeps_limits"],
        }
        for name, side in sides.items()
    ]  # fmt: skip


def marks(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each search mark: its value on each side."""
    return [
        {"mark": visible(path), **{_SIDES[side]: _word(of.get(path)) for side, of in document["values"].items()}}
        for path in document["space"]
    ]


def profiles(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each level of each profile: what came of it, and the level on both sets of questions."""
    return [
        {
            "profile": visible(name), "what came of it": visible(found["sentence"]), "level": level.get("level"),
            "tuning": level.get("tuning"), "held out": level.get("held_out"),
        }
        for name, found in (document.get("profiles") or {}).items()
        for level in found["levels"] or [{}]
    ]  # fmt: skip


def choices(values: Mapping[str, Any]) -> str:
    """Values in a line."""
    return ", ".join(f"{path} {value}" for path, value in values.items())


def _at(trial: Trial, metric: str) -> tuple[Any, Any]:
    return trial.means.get(COST), trial.means.get(metric)


def _word(value: Any) -> str:
    return "–" if value is None else str(value)
