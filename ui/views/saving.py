"""Saving a pipeline file: what would change, and what to do when somebody else was faster."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

import streamlit as st

from ragkit.errors import UsageError
from ragkit.spec.edit import written
from ragkit.trace.words import counted, visible
from ui import state
from ui.checking import Checked
from ui.drafts import Draft
from ui.files import PipelineFiles
from ui.views import problem
from ui.views.text import label

_NEW = """\
version: 1
name: {name}
{corpus}
steps:
  passages:
    use: retrieve.hybrid
    k: 5
  answer:
    use: generate.extractive
    passages: passages

output: answer
"""


def bar(files: PipelineFiles, draft: Draft, checked: Checked, *, pressed: bool, read_only: bool) -> None:
    """How the text stands, and the buttons that save it.

    Args:
        files: The files.
        draft: The draft.
        checked: What the checker says of it.
        pressed: Somebody pressed the keys that save.
        read_only: Nothing can be saved.
    """
    moved = files.changed(draft.opened)
    with st.container(horizontal=True, vertical_alignment="center"):
        count = len(checked.findings)
        if count:
            st.badge(counted(count, "error"), icon=":material/error:", color="red")
        else:
            st.badge("no errors", icon=":material/check:", color="green")
        if draft.dirty:
            st.badge("not saved", icon=":material/edit:", color="orange")
        if read_only:
            st.badge("read-only", icon=":material/lock:", color="gray")
            return
        st.button(
            "Save…", icon=":material/save:", disabled=not draft.dirty, key="save", help="Ctrl-S in the editor",
            width="content", on_click=state.open_dialog, args=("save",),
        )  # fmt: skip
        st.button(
            "Save as…", icon=":material/save_as:", key="save-as", width="content", on_click=state.open_dialog,
            args=("save-as",),
        )  # fmt: skip
        if draft.dirty and st.button("Undo all", icon=":material/undo:", key="revert", width="content",
                                     help="Back to the text as it was opened"):  # fmt: skip
            draft.replace(draft.opened.text)
            st.rerun()
    if pressed and draft.dirty and not moved:
        state.open_dialog("save")
    if moved:
        _moved(files, draft)
    elif state.is_open("save"):
        _save(files, draft, count)
    if state.is_open("save-as"):
        _save_as(files, draft)


def new_button(files: PipelineFiles, like: str | None, corpora: Sequence[str]) -> None:
    """A button that begins a new file, perhaps as a copy of one that is there."""
    st.button("New file…", icon=":material/note_add:", key="new", on_click=state.open_dialog, args=("new",))
    if state.is_open("new"):
        _new(files, like, corpora)


@st.dialog("Save the changes?", width="large", on_dismiss=state.close_dialog)
def _save(files: PipelineFiles, draft: Draft, errors: int) -> None:
    name = draft.opened.name
    if errors:
        st.warning(f"The text has {counted(errors, 'error')}: it can be saved, but not run.", icon=":material/warning:")
    st.code(difference(draft.opened.text, draft.text, name), language="diff", wrap_lines=True)
    with st.container(horizontal=True):
        if st.button("Save", type="primary", key="save-now", icon=":material/save:"):
            try:
                draft.saved(files.save(draft.opened, draft.text))
            except UsageError as error:
                problem.show_error(error)
                return
            state.close_dialog()
            st.toast(f"Saved {label(name)}", icon=":material/check:")
            st.rerun()
        if st.button("Cancel", key="save-not", on_click=state.close_dialog):
            st.rerun()


@st.dialog("Save under another name", width="large", on_dismiss=state.close_dialog)
def _save_as(files: PipelineFiles, draft: Draft) -> None:
    name = draft.opened.name
    free = name if name not in files.names() else f"{name.removesuffix('.yaml')}-2.yaml"
    name = st.text_input("File, in the project's folder of pipelines", free, key="save-as-name")
    if st.button("Save", type="primary", key="save-as-now", icon=":material/save_as:"):
        _create(files, name, draft.text)


@st.dialog("A new pipeline file", width="large", on_dismiss=state.close_dialog)
def _new(files: PipelineFiles, like: str | None, corpora: Sequence[str]) -> None:
    name = st.text_input("File, in the project's folder of pipelines", "my-pipeline.yaml", key="new-name")
    copied = like is not None and st.checkbox(f"As a copy of {label(like)}", key="new-copy")
    if st.button("Begin", type="primary", key="new-now", icon=":material/note_add:"):
        stem = name.rpartition("/")[2].removesuffix(".yaml")
        short = _NEW.format(name=written(stem), corpus=f"corpus: {corpora[0]}\n" if corpora else "")
        _create(files, name, files.open(like).text if copied and like is not None else short)


def _create(files: PipelineFiles, name: str, text: str) -> None:
    try:
        opened = files.create(name.strip(), text)
    except UsageError as error:
        problem.show_error(error)
        return
    state.close_dialog()
    st.session_state[state.NEXT_FILE] = opened.name
    st.rerun()


def _moved(files: PipelineFiles, draft: Draft) -> None:
    """The file on disk is another one by now: nothing is written over it."""
    name = draft.opened.name
    if name not in files.names():
        st.warning(
            f"{label(name)} was removed on disk since it was opened here. What is written here stays until this page is"
            " closed; 'Save as…' writes it anew, under this name or another.", icon=":material/warning:",
        )  # fmt: skip
        return
    with st.container(border=True):
        st.markdown(f":orange[:material/warning: **{label(name)} was changed on disk since it was opened here.**]")
        st.caption("Load it again, and what was written here is lost; or save what is here under another name.")
        try:
            now = files.open(name)
        except UsageError as error:
            problem.show_error(error)
            return
        with st.expander("What was changed on disk", icon=":material/difference:"):
            st.code(difference(draft.opened.text, now.text, name), language="diff", wrap_lines=True)
        if st.button("Load it again", icon=":material/refresh:", key="reload"):
            draft.opened = now
            draft.replace(now.text)
            st.rerun()


def difference(before: str, after: str, name: str) -> str:
    """What changed, as a unified diff."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), f"{name} on disk", f"{name} as written", lineterm=""
    )
    return visible("\n".join(lines)) or "nothing"
