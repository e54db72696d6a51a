"""An answer with its numbered quotes, each of which opens its passage with the quoted span marked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from ragkit.trace.words import counted, duration, number, visible
from ui.closest import closest
from ui.views import problem
from ui.views.text import label, marked, show


def draw(document: Mapping[str, Any], key: str) -> None:
    """The answer of a result document, or its error, and what it stands on.

    Args:
        document: The result document.
        key: What tells its elements from those of another answer on the page.
    """
    if document.get("error") is not None:
        problem.from_document(document["error"])
        return
    if document.get("answer") is not None:
        if document.get("abstained"):
            st.markdown(":orange[:material/help: **Not answered**]")
        show(document["answer"])
    for warning in document.get("warnings", ()):
        st.text(f"⚠ {visible(warning)}")
    sources(document, key)


def sources(document: Mapping[str, Any], key: str) -> None:
    """The passages that reached the answer: the cited ones first, each under its number."""
    held = {passage["id"]: passage for passage in document.get("passages", ())}
    citations = document.get("citations", ())
    for place, citation in enumerate(citations):
        passage = held.get(citation["passage_id"])
        title = (passage or {}).get("title") or citation["doc_id"]
        said = f" · “{label(citation['quote'], 90)}”" if citation.get("quote") else ""
        with st.expander(f"**\\[{citation['number']}\\]** {label(title, 90)}{said}", key=f"{key}-quote-{place}"):
            if passage is None:
                st.caption("The passage itself is not in the trace.")
                show(citation.get("quote") or "")
            else:
                _cited(passage, citation, str(document.get("answer") or ""))
                st.caption(_under(passage))
    cited = {citation["passage_id"] for citation in citations}
    rest = [passage for id, passage in held.items() if id not in cited]
    if rest:
        more = f"{counted(len(rest), 'more passage' if cited else 'passage')} reached the answer"
        with st.expander(more, key=f"{key}-rest", icon=":material/article:"):
            for passage in rest:
                st.markdown(f"**{label(passage['title'] or passage['doc_id'])}**")
                show(passage["text"])
                st.caption(_under(passage))


def _cited(passage: Mapping[str, Any], citation: Mapping[str, Any], answer: str) -> None:
    """A cited passage: its quote marked, or the sentence closest to what it is cited for, which is said to be that."""
    if citation.get("start") is not None:
        marked(passage["text"], citation["start"], citation.get("end"))
        return
    near = closest(answer, citation["number"], passage["text"])
    marked(passage["text"], *(near or (None, None)), quoted=False)
    if near is None:
        st.caption("The answer does not quote, and no sentence of the passage shares two words with what it says here.")
    else:
        st.caption("The answer does not quote. Underlined is the closest sentence by shared words: it proves nothing.")


def spent(document: Mapping[str, Any]) -> str:
    """Time, tokens and cost in a line; what is not known is not told as a number."""
    usage = document.get("usage") or {}
    told = [duration(usage["seconds"] * 1e9)] if usage.get("seconds") is not None else []
    if usage.get("context_tokens") is not None:
        told.append(f"{usage['context_tokens']:,} context tokens")
    if usage.get("lm_calls"):
        told.append(counted(usage["lm_calls"], "LM call"))
        counts = usage.get("prompt_tokens"), usage.get("completion_tokens")
        told.append("LM tokens unknown" if None in counts else f"{counts[0]:,} + {counts[1]:,} LM tokens")
        told.append("cost unknown" if usage.get("cost") is None else f"${number(usage['cost'])}")
    return " · ".join(told)


def _under(passage: Mapping[str, Any]) -> str:
    scores = " · ".join(f"{label(name)} {number(value)}" for name, value in passage["scores"].items())
    return " · ".join(filter(None, (label(passage["id"]), scores)))
