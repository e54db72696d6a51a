"""Traces: the runs as a list that can be narrowed, and one run by its link."""

from __future__ import annotations

from datetime import datetime, timedelta

import streamlit as st

from ragkit.errors import TraceError
from ragkit.trace.finding import find
from ragkit.trace.model import Trace
from ragkit.trace.store import TraceStore
from ragkit.trace.stored import TraceRow
from ragkit.trace.tree import tree
from ragkit.trace.words import counted, duration, visible
from ui import commands, corpora, data, state
from ui.views import answer, exchange, graph, problem, run, step, timeline
from ui.views.text import label

_PAGE, _MOST = 20, 2_000
_SINCE = {"any time": None, "1 hour": timedelta(hours=1), "1 day": timedelta(days=1), "1 week": timedelta(weeks=1)}
_TOOK = {"any": None, "1 second": 1.0, "5 seconds": 5.0, "30 seconds": 30.0}
_OUTCOMES = ("ok", "failed", "abstained", "running", "unfinished")


def page() -> None:
    """One run where the address names one, else the list."""
    store = data.store()
    wanted = state.asked_for(state.TRACE)
    if store is None:
        problem.nothing("No questions were asked yet. Ask one on the Chat page, or in a terminal:", commands.run())
    elif wanted is None:
        _list(store)
    else:
        # Coming from a list that was narrowed, the address would keep the list's filters and lose the run.
        st.query_params[state.TRACE] = wanted
        _one(store, wanted)


def _list(store: TraceStore) -> None:
    st.title("Traces", anchor=False)
    rows = _filtered(store)
    if not rows:
        st.info("No runs match. Take a filter away to see more.", icon=":material/search_off:")
        return
    pages = -(-len(rows) // _PAGE)
    shown = st.pagination(pages, key=state.TRACE_PAGE) if pages > 1 else 1
    more = f"the latest {_MOST:,} runs that match" if len(rows) == _MOST else f"{len(rows):,} runs"
    st.caption(f"{more}, the last first" if len(rows) > 1 else "1 run")
    for row in rows[(shown - 1) * _PAGE : shown * _PAGE]:
        _line(row)


def _filtered(store: TraceStore) -> list[TraceRow]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Question or answer holds", key=state.TRACE_TEXT, bind="query-params", icon=":material/search:"
        )
        outcome = st.selectbox(
            "Outcome", _OUTCOMES, None, key=state.TRACE_OUTCOME, bind="query-params", placeholder="any", width=160
        )
        with st.popover("More filters", icon=":material/filter_list:"):
            pipeline = st.text_input("Pipeline", key=state.TRACE_PIPELINE, bind="query-params", placeholder="its name")
            decision = st.text_input(
                "A decision holds", key=state.TRACE_DECISION, bind="query-params", placeholder="gap, multi, abstain …"
            )
            since = st.selectbox("Within", tuple(_SINCE), key=state.TRACE_SINCE, bind="query-params")
            took = st.selectbox("Took at least", tuple(_TOOK), key=state.TRACE_TOOK, bind="query-params")
            said = st.selectbox(
                "Feedback", tuple(exchange.VERDICTS), None, key=state.TRACE_SAID, bind="query-params", placeholder="any"
            )
    document = state.asked_for(state.DOCUMENT)
    set_ = {
        "pipeline": pipeline.strip(), "decision": decision.strip(), "within": _SINCE[since] and since,
        "took at least": _TOOK[took] and took, "feedback": said, "met the document": document,
    }  # fmt: skip
    told = [f"{name} {label(str(value), 60)}" for name, value in set_.items() if value]
    if told:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(":material/filter_list: " + " · ".join(told))
            # A link to the page that one is on leaves its widgets as they are.
            st.button("Take all filters away", icon=":material/filter_list_off:", type="tertiary", on_click=_unfiltered)
    window = _SINCE[since]
    begin = None if window is None else datetime.now().astimezone() - window
    rows = store.list(
        _MOST, pipeline=pipeline.strip() or None, since=begin, query=text.strip() or None, at_least=_TOOK[took],
        failed={"failed": True, "ok": False, "abstained": False}.get(outcome or ""), feedback=said,
        decision=decision.strip() or None, document=document,
    )  # fmt: skip
    return [row for row in rows if outcome is None or run.outcome_of(row) == outcome]


def _unfiltered() -> None:
    unset: dict[str, str | None] = {
        state.TRACE_TEXT: "", state.TRACE_PIPELINE: "", state.TRACE_DECISION: "", state.TRACE_OUTCOME: None,
        state.TRACE_SINCE: next(iter(_SINCE)), state.TRACE_TOOK: next(iter(_TOOK)), state.TRACE_SAID: None,
    }  # fmt: skip
    st.session_state.update(unset)
    st.query_params.pop(state.DOCUMENT, None)


def _line(row: TraceRow) -> None:
    outcome = run.outcome_of(row)
    icon, _ = run.OUTCOMES[outcome]
    with st.container(gap=None, key=f"line-{row.id}"):
        st.page_link(
            "screens/traces.py",
            label=label(row.question, 160) or "(no text)",
            icon=icon,
            query_params={"trace": row.id},
        )
        took = "" if row.seconds is None else f" · {duration(row.seconds * 1e9)}"
        st.caption(f"{row.when:%Y-%m-%d %H:%M:%S} · {label(row.pipeline)} · {outcome}{took}")


def _one(store: TraceStore, wanted: str) -> None:
    with st.container(horizontal=True):
        st.page_link("screens/traces.py", label="All traces", icon=":material/arrow_back:")
        st.page_link(
            "screens/compare.py", label="Compare", icon=":material/compare:", query_params={state.LEFT: wanted}
        )  # fmt: skip
        st.page_link(
            "screens/replay.py", label="Replay", icon=":material/fork_right:", query_params={state.TRACE: wanted}
        )  # fmt: skip
    try:
        stored = store.get(wanted)
    except TraceError as error:
        problem.show_error(error)
        return
    trace = stored.trace
    run.head(stored)
    run.feedback(stored)
    for corpus in corpora.names() if (trace.result or {}).get("passages") else ():
        if corpus in (trace.conditions.get("corpus_version") or {}):
            st.page_link(
                "screens/corpus.py", label=f"On the map of {label(corpus)}", icon=":material/map:",
                query_params={state.CORPUS: corpus, state.CORPUS_VIEW: state.CORPUS_VIEWS[1], state.TRACE: wanted},
            )  # fmt: skip
    st.subheader("Answer" if (trace.result or {}).get("error") is None else "Error", anchor=False)
    answer.draw(trace.result or {}, "answer")
    st.subheader("Steps", anchor=False)
    over_time, drawn = st.tabs(["Over time", "As a graph"])
    with over_time:
        timeline.draw(trace)
    with drawn:
        graph.draw(trace)
    _steps(trace)
    st.subheader("Export", anchor=False)
    run.exports(stored)


def _steps(trace: Trace) -> None:
    """Every step, or those that hold what is looked for, with the places."""
    words = st.text_input(
        "Find in this run", key=state.TRACE_FIND, bind="query-params", icon=":material/search:",
        placeholder="a word of a passage, a prompt, a parameter …",
    )  # fmt: skip
    if not words.strip():
        step.draw_all(tree(trace), trace.question)
        return
    found = find(trace, words)
    if not found:
        st.info("No step holds that. Take the words away to see every step.", icon=":material/search_off:")
        return
    st.caption(f"{len(found)} of {counted(len(trace.spans), 'step')} hold it.")
    for finding in found:
        for place in finding.places:
            st.text(visible(f"{finding.span.step}: {place}"))
        step.draw(finding.span, trace.question)


page()
