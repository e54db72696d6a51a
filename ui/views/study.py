"""A search for better values: how far it is, what it tried, and the card that it came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

import streamlit as st

from ragkit.evaluate.compare.page.plots import front
from ragkit.optimize.card import markdown
from ragkit.trace.words import counted, visible
from ui.searches import COST, Search, Trial
from ui.views.text import label

_BLUE, _GREY, _RED = "#3b82c4", "#9aa5b1", "#d33333"
_LEAST_P = 0.0005
_SIDES = {"default": "defaults", "best": "best", "random": "best of a random search"}


def progress(search: Search, whole: int, given_up: int) -> None:
    """How many trials of those asked for have ended; of one that was stopped, why, and how it goes on."""
    ended = whole + given_up
    told = f"{ended} of at most {counted(search.trials, 'trial')}, {given_up} of them given up early"
    if search.state == "done":
        st.caption(f"Done: {told}.")
        return
    st.progress(min(ended / search.trials, 1.0) if search.trials else 1.0, text=f"{search.state.capitalize()}: {told}")
    if search.state == "stopped":
        why = search.stopped or "its process was ended from outside"
        st.warning(f"It stopped: {label(why, 600)}", icon=":material/pause_circle:")
        st.caption("What was found is kept. It goes on in a terminal, in the project's folder:")
        st.code(f"ragkit study resume {search.name}", language="bash")


def trials(found: Sequence[Trial], metric: str, document: Mapping[str, Any] | None = None) -> None:
    """Each trial as a point: what it gave against the context tokens that it took.

    Args:
        found: The trials that saw every question.
        metric: What they are drawn by.
        document: The card, for the defaults and the best to be named; None while there is none.
    """
    known = [trial for trial in found if None not in _at(trial, metric)]
    if not known:
        st.caption("No trial has both this metric and context tokens yet.")
        return
    st.echarts_chart(
        chart(known, metric, named(known, document)), height=340,
        alt=f"{counted(len(known), 'trial')} by {metric} and context tokens",
    )  # fmt: skip
    broken = " Grey ones break a limit." if any(not trial.feasible for trial in known) else ""
    st.caption(
        f"Each point is a trial: means of a question, on the questions to search on.{broken} "
        "The dashed line joins what no other trial beats."
    )


def named(found: Sequence[Trial], document: Mapping[str, Any] | None) -> dict[int, str]:
    """What a card calls trials, by their numbers: the defaults, and the best."""
    values = {} if document is None else document["values"]
    told: dict[int, str] = {}
    for side in ("default", "best"):
        of = values.get(side)
        number = next((trial.number for trial in found if of and dict(trial.choices) == dict(of)), None)
        if number is not None:
            told[number] = f"{told[number]}, {_SIDES[side]}" if number in told else _SIDES[side]
    return told


def chart(known: Sequence[Trial], metric: str, called: Mapping[int, str] = MappingProxyType({})) -> dict[str, Any]:
    """The trials, those within the limits apart from the others, and the front of those within; some have names."""
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
        data = [_point(trial, metric, called.get(trial.number)) for trial in trials]
        series.append({"type": "scatter", "name": name, "symbolSize": 9, "itemStyle": {"color": colour}, "data": data})
    return {
        "animation": False,
        "grid": {"left": 8, "right": 60, "top": 36, "bottom": 28, "containLabel": True},
        "xAxis": {
            "type": "value", "name": "context tokens", "nameLocation": "middle", "nameGap": 26, "scale": True,
            "splitNumber": 4,
        },
        "yAxis": {"type": "value", "name": metric, "scale": True},
        "tooltip": {"trigger": "item", "renderMode": "richText", "formatter": "{b}"},
        "series": series,
    }  # fmt: skip


def card(document: Mapping[str, Any]) -> None:
    """What a search came to, on questions that it did not see: verdict, sides, values, and how to do it again."""
    verdict, conditions = document["verdict"], document["conditions"]
    sign = ":green[:material/check_circle:]" if verdict.get("improved") else ":material/do_not_disturb_on:"
    st.markdown(f"{sign} **{label(str(verdict['sentence']), 600)}**")
    data = conditions["data"]
    st.caption(
        label(
            f"{document['objective']} · {data['tune']} questions to search on, {data['report']} held out, parted "
            f"{data['how']} · {data['file']} ({data['sha256'][:8]}) · {_when(conditions['when'])}",
            600,
        )
    )
    sides, values = st.columns(2)
    with sides:
        st.caption("On the held-out questions")
        metric = str(document["objective_metric"])
        number = st.column_config.NumberColumn(format="%.4f")
        st.dataframe(
            held_out(document), hide_index=True, alt="The sides on the held-out questions", placeholder="–",
            column_config={
                metric: number, "low": number, "high": number, COST: st.column_config.NumberColumn(format="%.0f"),
            },
        )  # fmt: skip
    with values:
        st.caption("Values")
        st.dataframe(marks(document), hide_index=True, alt="The values of each mark")
    for name, told in (("gain", "defaults"), ("gain_over_random", "a random search of the same cost")):
        gain = verdict["figures"].get(name)
        if gain is not None and gain["low"] is not None:
            p = "p < 0.001" if gain["p"] < _LEAST_P else f"p {gain['p']:.3f}"
            st.caption(
                f"{label(metric)}, best less {told}: {gain['mean']:+.4f} "
                rf"\[{gain['low']:+.4f}, {gain['high']:+.4f}\], paired over {gain['n']} questions, {p}."
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
            str(document["objective_metric"]): side["value"]["mean"],
            **{end: side["value"][end] for end in ("low", "high")},
            COST: side["metrics"].get(COST), "limits": "kept" if side["keeps_limits"] else "broken",
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


def _point(trial: Trial, metric: str, called: str | None) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if called is not None:
        told = {"symbolSize": 15, "label": {"show": True, "position": "top", "formatter": called}}
    return {"name": f"trial {trial.number}: {choices(trial.choices)}", "value": _at(trial, metric), **told}


def _when(stamp: str) -> str:
    """A time as the other pages write it; what is none stays."""
    try:
        return f"{datetime.fromisoformat(stamp).astimezone():%Y-%m-%d %H:%M}"
    except ValueError:
        return stamp


def _at(trial: Trial, metric: str) -> tuple[Any, Any]:
    return trial.means.get(COST), trial.means.get(metric)


def _word(value: Any) -> str:
    return "–" if value is None else str(value)
