"""A question and its answer in a conversation."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from ragkit.cli.answer import decided
from ragkit.trace.stored import StoredTrace
from ragkit.trace.words import visible
from ui.chats import Exchange
from ui.views import answer, problem, variant
from ui.views.text import label, show

VERDICTS = {
    "helpful": ":material/thumb_up: Helpful",
    "wrong answer": ":material/thumb_down: Wrong answer",
    "wrong evidence": ":material/find_in_page: Wrong evidence",
}


def draw(stored: StoredTrace, say: Callable[[str, str], None] | None, written: str = "") -> None:
    """The question, the answer with its quotes, one line of why, and what people said of it.

    Args:
        stored: The run.
        say: Is told the trace's id and a verdict; None offers none.
        written: What an LM had written of the answer, for a run that failed.
    """
    id, document = stored.row.id, stored.trace.result
    with st.chat_message("user"):
        show(stored.trace.question)
    with st.chat_message("assistant"):
        if document is None or document.get("error") is not None:
            _until_then(written)
        if document is None:
            st.warning("The run never ended: its process stopped or was killed.")
        else:
            answer.draw(document, id)
            why = decided(dict(document))
            if why:
                st.caption(label(visible(why), 1_000))
            with st.container(horizontal=True, vertical_alignment="center"):
                st.caption(label(answer.spent(document), 300))
                variant.kept(document, stored.trace.conditions)
        with st.container(horizontal=True, vertical_alignment="center"):
            if say is not None and document is not None and document.get("error") is None:
                _verdict(stored, say)
            st.page_link(
                "screens/traces.py",
                label="Why this answer?",
                icon=":material/account_tree:",
                query_params={"trace": id},
            )


def broken(exchange: Exchange) -> None:
    """A question that has no trace: it could not begin, or what was answering it was stopped."""
    with st.chat_message("user"):
        show(exchange.question or "(the question was not kept)")
    with st.chat_message("assistant"):
        _until_then(exchange.written)
        if exchange.error is not None:
            problem.from_document(exchange.error)
        else:
            st.warning(
                "There is no answer: the app was stopped meanwhile. Ask again. (Where another `ragkit ui` is still "
                "answering, load the page again.)",
                icon=":material/power_off:",
            )


def _until_then(written: str) -> None:
    """What was written of an answer that did not come to its end."""
    if written.strip():
        show(written)
        st.caption("It broke off here; what is cited was not checked.")


def _verdict(stored: StoredTrace, say: Callable[[str, str], None]) -> None:
    key = f"verdict-{stored.row.id}"
    said = next((each.label for each in reversed(stored.feedback) if each.name == "feedback"), None)

    def keep() -> None:
        chosen = st.session_state.get(key)
        if chosen is not None and chosen != said:
            say(stored.row.id, chosen)

    st.pills(
        "What do you say of this answer?", tuple(VERDICTS), default=said if said in VERDICTS else None, key=key,
        format_func=VERDICTS.__getitem__, on_change=keep, label_visibility="collapsed", wrap=True,
    )  # fmt: skip
