"""Chat: ask, see the steps while they run, read the answer with its quotes, say what was wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import streamlit as st

from ragkit.errors import RagkitError, TraceError
from ragkit.project import Project
from ragkit.types import Turn
from ui import commands, data, state
from ui.chats import Chats, Exchange
from ui.examples import KINDS
from ui.pipelines import OpenPipelines
from ui.runs import Run
from ui.variants import Variant
from ui.views import exchange as exchange_view
from ui.views import live, problem, variant
from ui.views.text import label

_SHOWN = 30


def page() -> None:
    """The conversation that the address names, or an empty one."""
    names = data.pipelines()
    if not names:
        problem.nothing("This project has no pipelines yet. In a terminal, in the project's folder:", commands.INIT)
        return
    name, chosen = _choose(names)
    try:
        overlay = None if chosen is None else chosen.overlay()
    except RagkitError as error:  # a profile that was not tuned
        problem.show_error(error)
        return
    chat = state.chat_id()
    run = data.runs().of(chat)  # before what is stored: a run that ends in between is in both, not in neither
    exchanges = data.chats().read(chat) if chat is not None else []
    if run is not None:
        exchanges = [exchange for exchange in exchanges if exchange.run != run.id]
    going = run is not None and not run.done
    history = _conversation(exchanges)
    typed = st.chat_input(
        "Ask a question", disabled=state.read_only() or going, key=state.QUESTION, submit_mode="submit"
    )  # fmt: skip
    if typed is not None and str(typed).strip():
        _ask(str(typed).strip(), name, overlay, chat, history)
    # One place for the examples, emptied at once when a question is asked: the page stands still while it is answered.
    beginning = st.empty()
    if not exchanges and run is None:
        with beginning.container():
            _begin(name, overlay, history)
    if run is not None:
        live.draw(run)
        if run.error is None:
            st.rerun()


def _choose(names: list[str]) -> tuple[str, Variant | None]:
    """The pipeline, and the profile or overlay that it runs with."""
    problem.not_here(state.CHAT_PIPELINE, names, "pipeline")
    with st.container(horizontal=True, vertical_alignment="bottom", key="beside-boxes"):
        chosen = st.selectbox("Pipeline", names, key=state.CHAT_PIPELINE, bind="query-params", width=420)
        laid = variant.choose(data.variants(chosen), key="variant", address=state.CHAT_OVERLAY, width=420)
        st.page_link("screens/chat.py", label="New conversation", icon=":material/add_comment:")
        _earlier()
    return chosen, laid


def _earlier() -> None:
    latest = data.chats().latest()
    if not latest:
        return
    store = data.store()
    with st.popover("Earlier", icon=":material/history:"):
        for chat, first in latest:
            question = first.question or first.pipeline
            if store is not None and first.trace is not None:
                try:
                    question = store.get(first.trace).trace.question
                except TraceError:  # its trace was deleted
                    question = f"{question} (its trace is gone)"
            st.page_link("screens/chat.py", label=label(question, 80), query_params={state.CHAT: chat})


def _conversation(exchanges: list[Exchange]) -> list[Turn]:
    """Draws what was said, and gives it as turns for the next question."""
    store, turns = data.store(), list[Turn]()
    if len(exchanges) > _SHOWN:
        st.caption(f"The last {_SHOWN} of {len(exchanges)} questions.")
    for exchange in exchanges[-_SHOWN:]:
        if exchange.trace is None:
            exchange_view.broken(exchange)
            continue
        try:
            stored = None if store is None else store.get(exchange.trace)
        except TraceError as error:
            problem.show_error(error)
            continue
        if stored is None:
            continue
        exchange_view.draw(stored, None if state.read_only() else _say, exchange.written)
        document = stored.trace.result or {}
        if document.get("error") is None and document:  # a question that failed was not said, as in `ragkit chat`
            turns.append(Turn("user", stored.trace.question))
            if document.get("answer") is not None:
                turns.append(Turn("assistant", document["answer"]))
    return turns


def _say(trace: str, verdict: str) -> None:
    """Keeps what a person said of an answer."""
    store = data.store()
    if store is not None:
        store.annotate(trace, "feedback", label=verdict)


def _begin(name: str, overlay: Path | None, history: list[Turn]) -> None:
    """The empty page: what the pipeline is, and questions to try."""
    try:
        plan = data.plan(name)
        found = data.examples(name)
    except RagkitError as error:
        problem.show_error(error)
        st.page_link(
            "screens/pipelines.py", label=f"Open {label(name)} in the editor", icon=":material/edit:",
            query_params={state.FILE: name},
        )  # fmt: skip
        return
    st.title("What would you like to know?", anchor=False)
    if plan.description:
        st.text(plan.description)
    for number, (kind, question) in enumerate(found):
        st.button(
            label(question, 200), key=f"example-{number}", help=f"A question of the kind {kind}: {KINDS[kind]}.",
            disabled=state.read_only(), on_click=partial(_start, question, name, overlay, None, history),
            icon=":material/lightbulb:",
        )  # fmt: skip


def _ask(question: str, name: str, overlay: Path | None, chat: str | None, history: list[Turn]) -> None:
    _start(question, name, overlay, chat, history)
    st.rerun()


def _start(question: str, name: str, overlay: Path | None, chat: str | None, history: list[Turn]) -> None:
    """Begins a run; the address names its conversation from now on."""
    chat = chat or state.new_chat_id()
    st.query_params[state.CHAT] = chat
    work = _work(name, overlay, data.project(), data.opened(), data.chats(), chat, history)
    if data.runs().start(chat, question, work).question != question:
        st.toast("Not asked: this conversation is still answering another question.", icon=":material/hourglass_top:")


def _work(
    name: str, overlay: Path | None, project: Project, opened: OpenPipelines, chats: Chats, chat: str,
    history: list[Turn],
) -> Callable[[Run], None]:  # fmt: skip
    """What answers a question; it runs on a thread that knows nothing of Streamlit."""
    file = data.pipeline_file(name)

    def work(run: Run) -> None:
        asked = chats.begin(chat, run.id, run.question, name)

        def text(piece: str) -> None:
            run.text(piece)
            asked.text(piece)

        try:
            pipeline = opened.get(file, project, run.note, overlay=overlay)
            result = pipeline.run(run.question, history=history, on_event=run.step, on_text=text)
        except Exception as error:
            asked.failed(error)
            raise
        asked.ended(result.trace_id)

    return work


page()
