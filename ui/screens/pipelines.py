"""Pipelines: an editor with the checker's findings, and beside it the graph, the form of a step, and a trial run."""

from __future__ import annotations

import streamlit as st

from ui import authoring, commands, state
from ui.drafts import Draft, draft
from ui.views import editor, problem, saving, workbench


def page() -> None:
    """The file that the address names, else the first."""
    files = authoring.files()
    names = files.names()
    if not names:
        problem.nothing("This project has no pipelines yet. Begin one here, or in a terminal:", commands.INIT)
        if not state.read_only():
            saving.new_button(files, None, authoring.corpora())
        return
    if (begun := st.session_state.pop(state.NEXT_FILE, None)) in names:
        st.session_state[state.FILE] = begun
    problem.not_here(state.FILE, names, "file")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox("File", names, key=state.FILE, bind="query-params", width=420)
        if not state.read_only():
            saving.new_button(files, name, authoring.corpora())
    held = st.session_state.setdefault(state.DRAFTS, {})
    current = draft(held, files.open(name))
    current.base = current.text  # a page that is drawn anew gives the editor the text as it stands
    _workbench(name)


@st.fragment
def _workbench(name: str) -> None:
    """The editor and what hangs on its text; drawn anew with every pause in typing."""
    with problem.guarded():  # where the fragment alone is drawn, nothing is around it
        _draw(name)


def _draw(name: str) -> None:
    current: Draft = st.session_state[state.DRAFTS][name]
    key = f"editor:{name}"

    def tell() -> None:
        current.typed(st.session_state[key].get("draft"))

    left, right = st.columns([3, 2], gap="medium")
    with left:
        text, step, save = editor.draw(current, authoring.vocabulary(), read_only=state.read_only(), key=key, tell=tell)
        current.typed(text)
        if step:
            current.step = tuple(map(str, step))
        checked = authoring.checked(current.text, name)
        if checked.plan is not None:
            current.drawn = checked.plan
        editor.show(current, checked.findings)
        saving.bar(authoring.files(), current, checked, pressed=save, read_only=state.read_only())
        workbench.findings(checked, name)
    with right:
        workbench.draw(current, checked, key=key, take=tell)


page()
