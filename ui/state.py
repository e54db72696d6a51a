"""The names under which the app keeps things: query parameters (a link holds them), widget keys, the environment."""

from __future__ import annotations

import os
import re
import secrets

import streamlit as st

TRACE = "trace"
CHAT = "chat"
TRACE_FIND, TRACE_TOOK, TRACE_SAID, TRACE_DECISION = "find", "took", "said", "decided"
TRACE_TEXT, TRACE_PIPELINE, TRACE_OUTCOME, TRACE_SINCE, TRACE_PAGE = "q", "pipeline", "outcome", "since", "page"
CHAT_PIPELINE, CHAT_OVERLAY = "use", "overlay"
QUESTION = "question"
FILE, DRAFTS = "file", "drafts"
REPLAYED, NEXT_FILE = "replayed", "next-file"
DIALOG = "dialog"
LEFT, RIGHT, PAIR = "left", "right", "pair"
CORPUS, DOCUMENT, CORPUS_VIEW, CORPUS_TEXT = "corpus", "doc", "view", "find"
CORPUS_VIEWS = "Documents", "Map", "Add documents"
CORPUS_FIELD, CORPUS_QUESTION = "by", "ask"
EVALUATION_VIEW, EVALUATION_OVER, EVALUATION_METRIC = "show", "over", "metric"
EVALUATION_RESULT, EVALUATION_KIND, EVALUATION_CAUSE, STUDY = "result", "kind", "cause", "search"
_CHAT_ID = re.compile(r"[0-9a-f]{16}")


def read_only() -> bool:
    """Whether the app only shows what is there: ``ragkit ui --read-only``."""
    return bool(os.environ.get("RAGKIT_UI_READ_ONLY"))


def asked_for(name: str) -> str | None:
    """What the address says under a name; None where it says nothing."""
    return st.query_params.get(name) or None


def open_dialog(name: str | None) -> None:
    """Notes which dialog stands open: it is drawn until it is closed, whatever draws the page anew."""
    st.session_state[DIALOG] = name


def close_dialog() -> None:
    """Notes that none does."""
    open_dialog(None)


def is_open(name: str) -> bool:
    """Whether this dialog stands open."""
    return st.session_state.get(DIALOG) == name


def chat_id() -> str | None:
    """The conversation that the address names; None where it names none, or something that is no conversation's id."""
    given = asked_for(CHAT)
    return given if given is not None and _CHAT_ID.fullmatch(given) else None


def new_chat_id() -> str:
    """A name for a new conversation: 64 random bits, so that nobody meets another's by chance."""
    return secrets.token_hex(8)
