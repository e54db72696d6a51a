"""What LMs were asked, and what they said: prompts as they were sent, replies as they came."""

from __future__ import annotations

import streamlit as st

from ragkit.trace.model import Span
from ragkit.trace.requests import request_lines
from ragkit.trace.words import visible


def draw(span: Span) -> None:
    """The requests of a step."""
    for tone, line in request_lines(span):
        st.text(("⚠ " if tone == "warning" else "") + line)
    for number, request in enumerate(span.requests, start=1):
        title = "Prompt and reply" if len(span.requests) == 1 else f"Prompt and reply {number}"
        with st.expander(title, icon=":material/chat:"):
            for message in request.get("messages", ()):
                st.caption(f"{_role(message.get('role'))}, as sent")
                _said(message.get("content"))
            for name, heading in (("thoughts", "what it thought"), ("reply", "the reply, as received")):
                if request.get(name) is not None:
                    st.caption(heading)
                    _said(request[name])
            if request.get("reply") is None:
                st.caption("no reply")


def _role(role: object) -> str:
    return str(role) if role in ("system", "user", "assistant", "tool", "developer") else "message"


def _said(content: object) -> None:
    """A prompt, in a block that can be copied: code is shown as it is."""
    st.code(visible(content if isinstance(content, str) else str(content)), language=None, wrap_lines=True)
