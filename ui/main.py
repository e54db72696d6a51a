"""The app's entry: which pages there are, and what stands around each of them."""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st

# Streamlit puts this file's own folder on the path; the app is imported as the package `ui`, wherever it was installed.
ROOT = str(Path(__file__).resolve().parent.parent)
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

from ui import data, state  # noqa: E402
from ui.views import problem  # noqa: E402

# A page's own icon would be fetched from a server elsewhere, as the tab's icon; this one is a file of the app.
ICON = Path(__file__).parent / "icon.svg"
st.set_page_config(page_title="ragkit", page_icon=ICON, layout="wide")
st.html(Path(__file__).parent / "style.css")
page = st.navigation(
    [
        st.Page("screens/chat.py", title="Chat", default=True),
        st.Page("screens/traces.py", title="Traces"),
        st.Page("screens/compare.py", title="Compare"),
        st.Page("screens/replay.py", title="Replay"),
        st.Page("screens/pipelines.py", title="Pipelines"),
        st.Page("screens/evaluation.py", title="Evaluation"),
        st.Page("screens/corpus.py", title="Corpus"),
    ],
    position="top",
)
with problem.guarded():
    data.project()
    if state.read_only():
        st.caption(":material/lock: Read-only: runs can be looked at; nothing is asked and nothing is stored.")
    page.run()
