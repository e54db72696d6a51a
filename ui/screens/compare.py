"""Compare: two runs side by side, or one question asked of two pipelines. The address names the two runs."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial

import streamlit as st

from ragkit.engine.result import RunResult
from ragkit.errors import RagkitError, TraceError
from ragkit.trace.diff import diff
from ragkit.trace.store import TraceStore
from ragkit.trace.stored import StoredTrace, TraceRow
from ragkit.trace.words import duration, one_line
from ui import commands, data, state
from ui.pairs import Pair
from ui.runs import Run
from ui.variants import Variant
from ui.views import difference, live, problem, run, variant
from ui.views.text import label, show

_OFFERED = 200


def page() -> None:
    """What the address names: two runs that are on their way, two that have ended, or a choice."""
    st.title("Compare", anchor=False)
    pair = data.pairs().get(state.asked_for(state.PAIR))
    if pair is not None:
        _follow(pair)
        return
    store = data.store()
    runs, asked = st.tabs(["Two runs", "Two pipelines, one question"])
    with asked:
        _ask()
    with runs:
        if store is None:
            problem.nothing(
                "No questions were asked yet. Ask one of two pipelines here, or in a terminal:", commands.run()
            )
            return
        _choose(store)
    _compare(store)


def _choose(store: TraceStore) -> None:
    """A choice of two runs; the second offers those of the same question first."""
    rows = _offered(store)
    for column, name, title in zip(st.columns(2), (state.LEFT, state.RIGHT), difference.SIDES, strict=True):
        given = state.asked_for(name)
        first = next((row.question for row in rows if row.id == state.asked_for(state.LEFT)), None)
        offered = rows if name == state.LEFT else sorted(rows, key=lambda row, first=first: row.question != first)  # type: ignore[misc]
        ids = [row.id for row in offered]
        if given is not None and given not in ids:
            ids.insert(0, given)  # one that a link names, and that is not there
        told = {row.id: _told(row) for row in rows}
        key = f"compare-{name}"
        if st.session_state.get(key) != given:
            st.session_state[key] = given
        column.selectbox(
            title, ids, None, key=key, format_func=lambda id, told=told: told.get(id, f"trace {id[:8]}"),  # type: ignore[misc]
            placeholder="Choose a run", on_change=partial(_take, name, key),
        )  # fmt: skip
    if None in (state.asked_for(state.LEFT), state.asked_for(state.RIGHT)):
        st.info("Choose two runs to see where they part; those of one question tell most.", icon=":material/compare:")


def _offered(store: TraceStore) -> list[TraceRow]:
    """The latest runs, and the older ones that the address names."""
    rows = store.list(_OFFERED)
    for given in (state.asked_for(state.LEFT), state.asked_for(state.RIGHT)):
        if given is not None and all(row.id != given for row in rows):
            with contextlib.suppress(TraceError):  # it is told where the runs are drawn
                rows.append(store.get(given).row)
    return rows


def _told(row: TraceRow) -> str:
    """A run in a line; with its id, for a choice is told apart by its words."""
    return f"{one_line(row.question, 80)} · {row.pipeline} · {row.when:%m-%d %H:%M:%S} · {row.id[:8]}"


def _take(name: str, key: str) -> None:
    """The address says what was chosen."""
    chosen = st.session_state.get(key)
    if chosen is None:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = chosen


def _compare(store: TraceStore) -> None:
    ids = state.asked_for(state.LEFT), state.asked_for(state.RIGHT)
    found: list[StoredTrace] = []
    for id in ids:
        try:
            found += [] if id is None else [store.get(id)]
        except TraceError as error:
            problem.show_error(error)
    if len(found) < 2:
        return
    for column, side, stored in zip(st.columns(2), difference.SIDES, found, strict=True):
        with column.container(border=True):
            _head(side, stored)
    difference.draw(diff(found[0].trace, found[1].trace))


def _head(side: str, stored: StoredTrace) -> None:
    row = stored.row
    outcome = run.outcome_of(row)
    icon, colour = run.OUTCOMES[outcome]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{side}** · {label(row.pipeline)}")
        st.badge(outcome, icon=icon, color=colour)
        variant.kept(stored.trace.result or {}, stored.trace.conditions)
    show(stored.trace.question)
    took = "no end recorded" if row.seconds is None else duration(row.seconds * 1e9)
    st.caption(f"{took} · {row.when:%Y-%m-%d %H:%M:%S}")
    st.page_link(
        "screens/traces.py", label="Its trace", icon=":material/account_tree:", query_params={state.TRACE: row.id}
    )


def _ask() -> None:
    names = data.pipelines()
    if not names:
        problem.nothing("This project has no pipelines yet. In a terminal, in the project's folder:", commands.INIT)
        return
    sides: list[tuple[str, Variant | None]] = []
    for number, (column, side) in enumerate(zip(st.columns(2), difference.SIDES, strict=True)):
        with column:
            first = min(number, len(names) - 1)
            name = st.selectbox(f"Pipeline {side}", names, first, key=f"compare-pipeline-{side}")
            laid = variant.choose(data.variants(name), key=f"compare-overlay-{side}", of=f" of {side}")
            sides.append((name, laid))
    question = st.text_input("Question", key="compare-question")
    asked = st.button("Ask both", type="primary", icon=":material/compare:", disabled=state.read_only())
    if not asked:
        return
    if not question.strip():
        st.warning("Write a question first.")
        return
    try:
        answers = [(_called(name, laid), _answering(name, laid)) for name, laid in sides]
    except RagkitError as error:  # a profile that was not tuned
        problem.show_error(error)
        return
    id = state.new_chat_id()
    data.pairs().start(id, question.strip(), answers)
    st.query_params.from_dict({state.PAIR: id})
    st.rerun()


def _called(name: str, laid: Variant | None) -> str:
    return name if laid is None else f"{name} · {laid.name}"


def _answering(name: str, laid: Variant | None) -> Callable[[Run], RunResult]:
    """What answers with a pipeline; it runs on a thread that knows nothing of Streamlit."""
    file, project, opened = data.pipeline_file(name), data.project(), data.opened()
    overlay = None if laid is None else laid.overlay()

    def answer(run: Run) -> RunResult:
        pipeline = opened.get(file, project, run.note, overlay=overlay)
        return pipeline.run(run.question, on_event=run.step, on_text=run.text)

    return answer


def _follow(pair: Pair) -> None:
    """Both runs while they are on their way; then the address names their traces."""
    for side, name, going in zip(difference.SIDES, pair.names, pair.runs, strict=True):
        st.markdown(f"**{side}** · {label(name)}")
        live.draw(going)
    traces = dict(zip((state.LEFT, state.RIGHT), pair.traces, strict=True))
    ended = {name: id for name, id in traces.items() if id is not None}
    if len(ended) == len(traces):
        st.query_params.from_dict(ended)
        st.rerun()
    st.page_link("screens/compare.py", label="Ask again", icon=":material/arrow_back:")


page()
