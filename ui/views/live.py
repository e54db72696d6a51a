"""A run while it is on its way: its steps as they end, the answer as it is written."""

from __future__ import annotations

import streamlit as st

from ragkit.trace.words import visible
from ui.runs import Run
from ui.views import problem
from ui.views.text import show


def draw(run: Run) -> None:
    """Follows a run to its end; what was written before the page came is shown at once."""
    with st.chat_message("user"):
        show(run.question)
    with st.chat_message("assistant"):
        steps = st.status("Working on it", expanded=True)
        place, written = st.empty(), ""
        for event in run.events():
            if event is None:
                steps.update(state="running")  # a call of Streamlit's: here it stops a page that was left
            elif event.kind == "text":
                written += event.text
                place.text(visible(written))
            else:
                steps.text(visible(event.text))
        if run.error is None:
            steps.update(label="Done", state="complete", expanded=False)
        else:
            steps.update(label="It could not begin", state="error", expanded=False)
            problem.show_error(run.error)
