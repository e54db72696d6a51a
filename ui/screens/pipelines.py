"""Pipelines: an editor with the checker's findings, and beside it the graph, the form of a step, and a trial run."""

from __future__ import annotations

import streamlit as st

from ui import authoring, commands, state
from ui.drafts import Draft, draft
from ui.views import editor, problem, saving, workbench


def page() -> None:
    """The file that the address names, else the first."""
    files = authoring.files()
    held: dict[str, Draft] = st.session_state.setdefault(state.DRAFTS, {})
    there = files.names()
    names = sorted(
        {*there, *(name for name, begun in held.items() if begun.dirty)}
    )  # what was written outlives its file
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
            saving.new_button(files, name if name in there else None, authoring.corpora())
    current = draft(held, files.open(name)) if name in there else held[name]
    current.base = current.text  # a page that is drawn anew gives the editor the text as it stands
    current.checked = None  # and asks the checker again: other files of the project may have changed
    _workbench(name)


@st.fragment
def _workbench(name: str) -> None:
    """The editor and what hangs on its text; drawn anew once typing rests."""
    with problem.guarded():  # where the fragment alone is drawn, nothing is around it
        _draw(name)


def _draw(name: str) -> None:
    current, key = _draft(name), f"editor:{name}"
    left, right = st.columns([3, 2], gap="medium")
    with left:
        step, save = editor.draw(current, authoring.vocabulary(), read_only=state.read_only(), key=key)
        if step:
            current.moved(tuple(map(str, step)))
        _answer(name)
        checked = authoring.checked(current)
        saving.bar(authoring.files(), current, checked, pressed=save, read_only=state.read_only())
        workbench.findings(checked, name)
    with right:
        workbench.draw(current, checked, key=key, take=lambda: editor.take(current))


@st.fragment
def _answer(name: str) -> None:
    """Takes what was typed and marks the findings. With a pause between two keys this alone is drawn anew, so that
    neither the forms nor the graph stand between the last key and its answer.
    """
    with problem.guarded():
        current = _draft(name)
        editor.take(current)
        editor.show(current, authoring.checked(current).findings)


def _draft(name: str) -> Draft:
    found: Draft = st.session_state[state.DRAFTS][name]
    return found


page()
