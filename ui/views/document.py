"""A document of a corpus: what it says of itself, its passages, what is near to it, the questions that met it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import streamlit as st

from ragkit.trace.stored import TraceRow
from ragkit.trace.words import counted, one_line, visible
from ragkit.types import Passage
from ui import state
from ui.corpora import Entry, Neighbour, words
from ui.views.text import label, show

_SHOWN, _OPENED = 50, 3
_TABLE, _ROWS_AT_ONCE = 420, 10


def table(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """A row for each document."""
    return [
        {
            "title": one_line(entry.title or entry.id, 300),
            **{visible(name): one_line(value, 200) for name, value in entry.values.items()},
            "passages": entry.passages, "characters": entry.characters, "id": visible(entry.id),
        }
        for entry in entries
    ]  # fmt: skip


def height(rows: int) -> int | Literal["auto"]:
    """The height of a table in pixels: of a long one, so that it is turned in itself; a short one has no empty rows."""
    return _TABLE if rows > _ROWS_AT_ONCE else "auto"


def head(document: Mapping[str, Any]) -> None:
    """Title, id, where it came from, and its metadata."""
    st.subheader(label(str(document["title"] or document["id"]), 300), anchor=False)
    size = f"{counted(int(document['count']), 'passage')} · {len(document['text']):,} characters"
    source = f" · {label(str(document['source']), 200)}" if document.get("source") else ""
    st.caption(f"{label(str(document['id']), 200)} · {size}{source}")
    metadata = document.get("metadata") or {}
    if metadata:
        rows = [{"field": visible(str(name)), "value": visible(words(value))} for name, value in metadata.items()]
        st.dataframe(rows, hide_index=True, alt="The document's metadata")


def passages(found: Sequence[Passage]) -> None:
    """The passages, each under its number; a long document shows its beginning."""
    for number, passage in enumerate(found[:_SHOWN], start=1):
        tokens = "" if passage.tokens is None else f" · {passage.tokens:,} tokens"
        with st.expander(f"**{number}** · {label(passage.text, 100)}{tokens}", expanded=len(found) <= _OPENED):
            show(passage.text)
            st.caption(label(passage.id, 200))
    if len(found) > _SHOWN:
        st.caption(f"The first {_SHOWN} of {len(found):,} passages.")


def neighbours(found: Sequence[Neighbour], corpus: str) -> None:
    """Links to the nearest documents."""
    if not found:
        st.caption("It is the only document.")
    for each in found:
        st.page_link(
            "screens/corpus.py", label=f"{label(each.title or each.id, 100)} · {each.cosine:.3f}",
            icon=":material/near_me:", query_params={state.CORPUS: corpus, state.DOCUMENT: each.id},
        )  # fmt: skip
    if found:
        st.caption("The cosine of the mean of this document's vectors to the nearest passage of each.")


def questions(found: Sequence[tuple[TraceRow, bool | None]], looked: int) -> None:
    """Links to the runs that met the document; ``True`` beside those in which it reached the answer."""
    if not found:
        st.caption(f"None of the latest {looked:,} runs met it.")
        return
    for row, reached in found:
        fate = {True: "reached the answer", False: "met and left out", None: "the trace cannot be read"}[reached]
        st.page_link(
            "screens/traces.py", label=f"{label(row.question, 120) or '(no text)'} · {fate}",
            icon=":material/check:" if reached else ":material/filter_alt_off:", query_params={state.TRACE: row.id},
        )  # fmt: skip
    st.caption(f"The last {len(found)} that met it; the latest {looked:,} runs were looked into.")
