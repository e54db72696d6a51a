"""Where results win and lose: a metric by the kind of question, why questions failed, and the questions themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from ragkit.evaluate.causes.cause import CAUSES
from ragkit.evaluate.report import ERROR
from ragkit.evaluate.results import SavedResult
from ragkit.trace.words import one_line
from ui import state
from ui.views.text import label

_PAGE = 20
_MEANINGS: Mapping[str, str] = {**{name: text for name, text in CAUSES.items()}, ERROR: "a step of the run failed"}


def by_kind(results: Sequence[SavedResult], metric: str) -> list[dict[str, Any]]:
    """A row for each result with the mean, the interval and the number of questions for each kind that has any."""
    kinds = list(dict.fromkeys(kind for saved in results for kind in saved.report.get("by_kind") or {}))
    found = []
    for saved in results:
        cells = {kind: ((saved.report.get("by_kind") or {}).get(kind) or {}).get(metric) or {} for kind in kinds}
        found.append({"result": saved.name, **{kind: _interval(cell) for kind, cell in cells.items()}})
    return [{name: value for name, value in row.items() if name == "result" or _any(found, name)} for row in found]


def causes(results: Sequence[SavedResult]) -> list[dict[str, Any]]:
    """A row for each cause of failure with how many questions of each result failed of it, the commonest first."""
    counts = {saved.name: {c: len(of) for c, of in (saved.report.get("failed") or {}).items()} for saved in results}
    names = dict.fromkeys(cause for found in counts.values() for cause in found)
    ordered = sorted(names, key=lambda cause: -sum(found.get(cause, 0) for found in counts.values()))
    return [
        {"cause": cause, **{name: found.get(cause, 0) for name, found in counts.items()}, "means": _MEANINGS.get(cause)}
        for cause in ordered
    ]


def draw(results: Sequence[SavedResult], metric: str) -> None:
    """Both tables."""
    kinds, failed = st.tabs(["By kind of question", "Why questions failed"])
    with kinds:
        table = by_kind(results, metric)
        if table and len(table[0]) > 1:
            st.dataframe(table, hide_index=True, alt=f"{metric} by kind of question")
            st.caption("Mean [low, high] · questions that have the metric.")
        else:
            st.caption(f"No kind of question has {label(metric)}.")
    with failed:
        table = causes(results)
        if table:
            st.dataframe(table, hide_index=True, alt="Causes of failure by result")
            st.caption("Each failed question once, under the first cause that its trace proves.")
        else:
            st.caption("No question failed, or causes were not looked for.")


def narrowed(rows: Sequence[Mapping[str, Any]], kind: str | None, cause: str | None) -> list[Mapping[str, Any]]:
    """The rows of a result that are of a kind and failed of a cause."""
    return [row for row in rows if (kind is None or row["kind"] == kind) and (cause is None or row["cause"] == cause)]


def questions(rows: Sequence[Mapping[str, Any]], metric: str, key: str) -> None:
    """A link to the trace of each question, with its number and why it failed; the worst first."""
    ordered = sorted(rows, key=lambda row: (row["cause"] is None, _at_least(row["metrics"].get(metric))))
    pages = -(-len(ordered) // _PAGE)
    shown = st.pagination(pages, key=f"questions-{key}") if pages > 1 else 1
    for place, row in enumerate(ordered[(shown - 1) * _PAGE : shown * _PAGE]):
        with st.container(gap=None, key=f"line-{place}"):
            _question(row, metric)


def _question(row: Mapping[str, Any], metric: str) -> None:
    failed = row["cause"] is not None
    st.page_link(
        "screens/traces.py", label=f"{label(row['question'], 140)}",
        icon=":material/close:" if failed else ":material/check:", query_params={state.TRACE: row["trace_id"]},
    )  # fmt: skip
    value = row["metrics"].get(metric)
    told = f"{metric} {'not known' if value is None else f'{value:.3f}'}"
    why = ": ".join(filter(None, (row["cause"], one_line(row["detail"] or "", 300))))
    st.caption(label(" · ".join(filter(None, (row["id"], row["kind"] or "no kind", told, why))), 500))


def _interval(cell: Mapping[str, Any]) -> str | None:
    if cell.get("mean") is None:
        return None
    ends = "" if cell.get("low") is None else f" [{cell['low']:.3f}, {cell['high']:.3f}]"
    return f"{cell['mean']:.3f}{ends} · {cell.get('n')}"


def _any(rows: Sequence[Mapping[str, Any]], name: str) -> bool:
    return any(row[name] is not None for row in rows)


def _at_least(value: float | None) -> float:
    return float("inf") if value is None else value
