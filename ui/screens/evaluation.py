"""Evaluation: saved results over one set of questions, side by side."""

from __future__ import annotations

import streamlit as st

from ragkit.errors import RagkitError
from ragkit.evaluate.results import SavedResult
from ui import data
from ui.views import leaderboard, problem
from ui.views.text import label

_COMMAND = "ragkit eval pipelines/adaptive-k.yaml --data corpora/papers/questions.jsonl --save adaptive-k"


def page() -> None:
    """The results whose questions are the same: others cannot be held against each other."""
    st.title("Evaluation", anchor=False)
    groups: dict[str, list[SavedResult]] = {}
    for name in data.results().names():
        try:
            saved = data.results().load(name)
        except RagkitError as error:
            problem.show_error(error)
            continue
        groups.setdefault(_questions(saved), []).append(saved)
    if not groups:
        problem.nothing("No evaluation was saved yet. In a terminal:", _COMMAND)
        return
    with st.container(horizontal=True):
        over = st.selectbox("Questions", list(groups))
        chosen = groups[over]
        metrics = list(dict.fromkeys(name for saved in chosen for name in saved.report["metrics"]))
        usual = metrics.index("recall@5") if "recall@5" in metrics else 0
        metric = st.selectbox("Metric", metrics, usual)
    leaderboard.draw(chosen, metric)
    intervals = {str((saved.report.get("conditions") or {}).get("intervals")) for saved in chosen} - {"None"}
    st.caption("low and high: " + label("; ".join(sorted(intervals)) or "how they were made was not recorded", 300))


def _questions(saved: SavedResult) -> str:
    """The set of questions of a result in words; two that differ in anything have different words."""
    found = (saved.report.get("conditions") or {}).get("data") or {}
    of = f"{found.get('n')} of {found.get('of')}"
    split = f", {found['split']}" if found.get("split") else ""
    return f"{found.get('name')}: {of}{split} ({str(found.get('sha256'))[:8]})"


page()
