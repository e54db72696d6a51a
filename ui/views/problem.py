"""What went wrong, and what mends it."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import streamlit as st

from ragkit.errors import RagkitError, SpecError
from ui import state
from ui.views.text import label, show

_LOG = logging.getLogger("ragkit.ui")


def show_parts(message: str, hint: str | None = None, place: str | None = None) -> None:
    """An error's message, where it is and what to do."""
    with st.container(border=True):
        st.markdown(":red[:material/error: **Something went wrong**]" + (f" · {label(place)}" if place else ""))
        show(message)
        if hint:
            st.caption("Try:")
            st.code(hint, language=None, wrap_lines=True)


def from_document(error: Mapping[str, Any]) -> None:
    """The ``error`` of a result document, or of a question that could not begin."""
    if error.get("listing"):
        _listing(str(error["listing"]))
        return
    show_parts(str(error.get("message")), error.get("hint"), error.get("place"))


@contextmanager
def guarded() -> Iterator[None]:
    """What goes wrong in the block is told in words; the traceback of what nobody foresaw goes to the terminal."""
    try:
        yield
    except RagkitError as error:
        show_error(error)
    except Exception as error:
        unforeseen(error)


def unforeseen(error: Exception) -> None:
    """An error of the app itself."""
    _LOG.exception("a page could not be drawn")
    show_parts(
        f"This page could not be drawn, through a fault of the app: {type(error).__name__}: {error}",
        "load the page again; the terminal in which `ragkit ui` runs says where the fault is",
    )


def show_error(error: Exception) -> None:
    """An error that was raised: one of ragkit's in its own words, another with its kind."""
    if isinstance(error, SpecError):
        _listing(str(error))
    elif isinstance(error, RagkitError):
        show_parts(error.message, error.hint, error.place)
    else:
        show_parts(f"{type(error).__name__}: {error}")


def _listing(findings: str) -> None:
    with st.container(border=True):
        st.markdown(":red[:material/error: **The file has errors**]")
        st.code(findings, language=None, wrap_lines=True)


def nothing(text: str, command: str | None = None) -> None:
    """A place where there is nothing yet, and what fills it. Both texts are the app's own."""
    st.info(text, icon=":material/info:")
    if command:
        st.code(command, language="bash")


def not_here(address: str, known: Collection[str], noun: str) -> None:
    """Says so where the address names something that is not there: the page then shows another.

    Args:
        address: The query parameter.
        known: What it may name.
        noun: What that is.
    """
    wanted = state.asked_for(address)
    if wanted is not None and wanted not in known:
        st.warning(f"The link names the {noun} {label(wanted, 120)}, which is not here.", icon=":material/link_off:")
