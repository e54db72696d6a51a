"""One stored run: its head, what is said of it, its exports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import streamlit as st

from ragkit.cli.answer import decided
from ragkit.errors import RagkitError
from ragkit.trace.export.forms import export
from ragkit.trace.stored import StoredTrace, TraceRow
from ragkit.trace.story import conditions_in_words
from ragkit.trace.words import duration, visible
from ui.views import variant
from ui.views.answer import spent
from ui.views.text import label, show

OUTCOMES: Mapping[str, tuple[str, Literal["green", "red", "blue", "orange"]]] = {
    "ok": (":material/check:", "green"), "failed": (":material/error:", "red"),
    "running": (":material/hourglass_top:", "blue"), "unfinished": (":material/warning:", "orange"),
    "abstained": (":material/help:", "orange"),
}  # fmt: skip
_FORMS: Mapping[Literal["json", "markdown", "otlp"], tuple[str, str, str]] = {
    "json": ("JSON", "json", "application/json"),
    "markdown": ("Markdown", "md", "text/markdown"),
    "otlp": ("OpenTelemetry", "otlp.json", "application/json"),
}


def outcome_of(row: TraceRow) -> str:
    """How a run ended, as the list of runs says it."""
    return "abstained" if row.outcome == "ok" and row.abstained else row.outcome


def head(stored: StoredTrace) -> None:
    """The question, how it went, when, and the line of decisions."""
    trace, row = stored.trace, stored.row
    outcome = outcome_of(row)
    icon, colour = OUTCOMES[outcome]
    st.subheader("Question", anchor=False)
    show(trace.question)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(outcome, icon=icon, color=colour)
        variant.kept(trace.result or {}, trace.conditions)
        took = "no end recorded" if trace.ended is None else duration(trace.ended - trace.started)
        st.caption(f"{label(row.pipeline)} · {took} · {row.when:%Y-%m-%d %H:%M:%S} · trace `{row.id[:8]}`")
    document = trace.result or {}
    if document:
        why = decided(dict(document))
        if why:
            st.text(visible(why))
        st.caption(" · ".join(filter(None, (label(spent(document), 300), label(conditions_in_words(trace), 600)))))
    if outcome == "unfinished":
        st.warning("The run never ended: its process stopped or was killed.")
    elif outcome == "running":
        st.info("It is still running; load the page again to see how it ended.")


def feedback(stored: StoredTrace) -> None:
    """What people and checks said about it."""
    for said in stored.feedback:
        score = None if said.score is None else f"{said.score:g}"
        st.caption(
            ":material/reviews: " + label(" · ".join(filter(None, (said.name, said.label, score, said.comment))))
        )


def exports(stored: StoredTrace) -> None:
    """A button for each form of an export; what cannot be made says why."""
    with st.container(horizontal=True):
        for form, (title, suffix, kind) in _FORMS.items():
            made = _made(stored, form)
            st.download_button(
                title, made or "", f"trace-{stored.row.id[:8]}.{suffix}", kind, icon=":material/download:",
                disabled=made is None, help=None if made is not None else "pip install 'ragkit[otel]'",
                on_click="ignore", key=f"export-{form}",
            )  # fmt: skip


def _made(stored: StoredTrace, form: Literal["json", "markdown", "otlp"]) -> Any:
    try:
        return export(stored, form)
    except RagkitError:
        return None
