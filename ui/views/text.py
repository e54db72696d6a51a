"""Text of documents, questions and models on the page: shown, never obeyed.

``st.text`` shows a text as it is. Labels of elements are Markdown: what goes there goes through ``label``. HTML is made
in one place of the app, ``marked`` below, from text that was escaped.
"""

from __future__ import annotations

import html
import re

import streamlit as st

from ragkit.trace.words import one_line, visible

_QUOTED = "background: rgba(255, 196, 0, .35); padding: 0 .1em; border-radius: .2em"
_NEAR = "background: none; text-decoration: underline dashed; text-underline-offset: .25em"
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_LINK = re.compile(r"(?i)(https?:/|www)(?=[/.])")
_BREAK = "\u2060"  # a word joiner: it is not seen, and what looks like an address is none


def label(text: str, most: int = 120) -> str:
    """A text for a place that reads Markdown: one line, in which nothing means anything."""
    return _PUNCTUATION.sub(r"\\\1", _LINK.sub(rf"\1{_BREAK}", one_line(text, most)))


def show(text: str) -> None:
    """A text as it stands, with its line ends."""
    st.text(visible(text))


def marked(text: str, start: int | None, end: int | None, *, quoted: bool = True) -> None:
    """A passage with a span marked.

    Args:
        text: The passage.
        start: The first character of the span; None marks nothing.
        end: The character behind its last.
        quoted: The span is quoted: its ground is coloured. Another is underlined.
    """
    if start is None or end is None or not 0 <= start < end <= len(text):
        show(text)
        return
    before, span, after = (html.escape(visible(part)) for part in (text[:start], text[start:end], text[end:]))
    style = "white-space: pre-wrap; overflow-wrap: anywhere"
    mark = "color: inherit; " + (_QUOTED if quoted else _NEAR)
    st.html(f'<div style="{style}">{before}<mark style="{mark}">{span}</mark>{after}</div>')
