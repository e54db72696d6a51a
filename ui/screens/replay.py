"""Replay: a run taken up at one of its steps with another parameter, beside the run as it was."""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path

import streamlit as st

from ragkit.engine.change import Change
from ragkit.engine.replay import Origin
from ragkit.errors import RagkitError, TraceError
from ragkit.trace.diff import diff
from ragkit.trace.store import TraceStore
from ragkit.trace.stored import StoredTrace
from ui import authoring, commands, data, state
from ui.drafts import draft
from ui.files import PipelineFiles
from ui.replays import Replaying, overlay_of
from ui.views import difference, live, problem, replay, run
from ui.views.text import label, show

_OFFERED = 30


def page() -> None:
    """The run that the address names, else a choice."""
    store = data.store()
    wanted = state.asked_for(state.TRACE)
    if store is None:
        problem.nothing("No questions were asked yet. Ask one on the Chat page, or in a terminal:", commands.run())
    elif wanted is None:
        _choose(store)
    else:
        _one(store, wanted)


def _choose(store: TraceStore) -> None:
    st.title("Replay", anchor=False)
    st.caption("A run is taken up at one of its steps with another parameter; what came before is read from it.")
    rows = store.list(_OFFERED)
    for row in rows:
        with st.container(gap=None, key=f"line-{row.id}"):
            st.page_link(
                "screens/replay.py", label=label(row.question, 160) or "(no text)",
                icon=run.OUTCOMES[run.outcome_of(row)][0], query_params={state.TRACE: row.id},
            )  # fmt: skip
            st.caption(f"{row.when:%Y-%m-%d %H:%M:%S} · {label(row.pipeline)}")
    if len(rows) == _OFFERED:
        st.caption(f"The latest {_OFFERED}. Any other run is found on Traces and taken up from there.")


def _one(store: TraceStore, wanted: str) -> None:
    with st.container(horizontal=True):
        st.page_link("screens/replay.py", label="All runs", icon=":material/arrow_back:")
        st.page_link(
            "screens/traces.py", label="This run", icon=":material/account_tree:", query_params={state.TRACE: wanted}
        )  # fmt: skip
    try:
        stored = store.get(wanted)
        st.subheader("Replay", anchor=False)
        show(stored.trace.question)
        origin = Origin.of(stored.trace, data.project())
    except RagkitError as error:
        problem.show_error(error)
        return
    if state.read_only():
        st.caption("In read-only mode nothing is run.")
    else:
        _change(origin, f"replay:{stored.trace.id}")
    _shown(store, stored, origin)


def _change(origin: Origin, key: str) -> None:
    """What is to be changed, and the run on its way."""
    chosen = replay.choose(origin, key=key)
    held = st.session_state.get(key)
    going = None if held is None else data.runs().of(held[0])
    if st.button(
        "Run on from here", type="primary", icon=":material/fork_right:", key=f"{key}:go",
        disabled=chosen is None or (going is not None and not going.done),
    ):  # fmt: skip
        assert chosen is not None
        try:
            replaying = Replaying(origin, origin.change(*chosen))
        except RagkitError as error:
            problem.show_error(error)
            return
        held = st.session_state[key] = (f"replay:{secrets.token_hex(8)}", replaying)
        going = data.runs().start(held[0], origin.trace.question, replaying.work)
        st.query_params.pop(state.REPLAYED, None)
        st.session_state.pop(f"{key}:notes", None)
    if going is not None:
        live.draw(going)
    if held is not None and held[1].done is not None:
        done = held[1].done
        del st.session_state[key]
        st.session_state[f"{key}:notes"] = done.notes
        st.query_params[state.REPLAYED] = done.result.trace_id
        st.rerun()
    for note in st.session_state.get(f"{key}:notes", ()):
        st.warning(label(note, 400), icon=":material/warning:")


def _shown(store: TraceStore, old: StoredTrace, origin: Origin) -> None:
    """The replay that the address names, beside its run."""
    wanted = state.asked_for(state.REPLAYED)
    if wanted is None:
        return
    try:
        new = store.get(wanted).trace
    except TraceError as error:
        problem.show_error(error)
        return
    made_from = new.conditions.get("replay") or {}
    if made_from.get("trace") != old.trace.id:
        problem.show_parts(f"the run {wanted[:8]} is no replay of this one")
        return
    try:
        change = origin.change(str(made_from["step"]), str(made_from["parameter"]), made_from["value"])
    except RagkitError as error:
        problem.show_error(error)
        return
    leaves = [span for span in new.spans if not span.use.startswith("flow.")]
    ran = tuple(dict.fromkeys(span.step for span in leaves if span.status in ("ok", "failed")))
    st.divider()
    replay.told(change, sum(span.status == "cached" for span in leaves), ran)
    _keep(origin, change)
    st.caption("A is the run as it was, B the replay.")
    same = {name: value for name, value in new.conditions.items() if name != "replay"}
    difference.draw(diff(old.trace, replace(new, conditions=same)))


def _keep(origin: Origin, change: Change) -> None:
    """Ways to keep the change: an overlay where one can hold it, else a line of the file."""
    files = authoring.files()
    name = _name(origin.file if change.mark is not None else change.file, files)
    if state.read_only():
        return
    if change.mark is not None:
        if name is None:
            return
        st.button(
            "Save as an overlay…", icon=":material/save:", key="overlay", on_click=state.open_dialog, args=("overlay",)
        )
        if state.is_open("overlay"):
            beside = name.removesuffix(".yaml") + ".replay.yaml"
            folder = (files.folder / beside).parent
            replay.save(files, beside, overlay_of(origin, change, data.project(), folder))
        return
    replay.not_in_an_overlay(change, included=change.file != origin.file)
    if (
        name is not None
        and change.text is not None
        and st.button("Take it to the editor", icon=":material/edit:", key="to-editor")
    ):
        held = st.session_state.setdefault(state.DRAFTS, {})
        draft(held, files.open(name)).replace(change.text)
        st.switch_page("screens/pipelines.py", query_params={state.FILE: name})


def _name(file: Path, files: PipelineFiles) -> str | None:
    """The file's name among the pipelines; None where it stands elsewhere in the project."""
    return next((name for name in files.names() if (files.folder / name).samefile(file)), None)


page()
