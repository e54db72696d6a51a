"""A checked pipeline: its graph as it is declared, what it can cost, and what optimisation may choose."""

from __future__ import annotations

import math

import streamlit as st

from ragkit.spec.describe import describe
from ragkit.spec.graph.drawing import drawing
from ragkit.spec.graph.mermaid import mermaid
from ragkit.spec.plan import Plan, SearchMark
from ragkit.spec.written.mark_form import describe as allowed
from ragkit.trace.words import counted, in_words, visible
from ui.views.text import label


def graph(plan: Plan) -> None:
    """The graph, and under it the most that one question can cost."""
    text = picture(plan)
    names = ", ".join(step.name for step in plan.root.steps)
    st.mermaid_chart(text, alt=f"The graph of the pipeline; its steps: {names}")
    most = [counted(plan.calls.retrievals, "retrieval"), counted(plan.calls.lm, "LM request")]
    st.caption(
        f"At most {' and '.join(most)} for one question · longest chain: {label(' → '.join(plan.critical_path))}"
    )
    for note in plan.notes:
        st.caption(":material/info: " + label(note, 400))


def picture(plan: Plan) -> str:
    """The graph in Mermaid's language."""
    # Streamlit draws labels without HTML, so the tag would be read by people; a name's own `<` is a code by now.
    return mermaid(drawing(describe(plan))).replace("<b>", "").replace("</b>", "")


def boxes(plan: Plan) -> int:
    """How many boxes the graph has."""
    return len(drawing(describe(plan)).boxes)


def space(plan: Plan) -> None:
    """The search marks of the file."""
    if not plan.space:
        st.caption(
            "The file leaves nothing open. A search mark in the place of a value does, and `ragkit optimize` searches "
            "over it: `{choice: [3, 5, 10], default: 5}` or `{range: [1, 10], default: 5}`."
        )
        return
    rows = [
        {"value": visible(mark.path), "may be": visible(allowed(mark)), "default": in_words(mark.default, 80),
         "counts only while": visible(" and ".join(f"{path} is {value!r}" for path, value in mark.when))}
        for mark in plan.space
    ]  # fmt: skip
    st.dataframe(rows, hide_index=True, alt=f"The {counted(len(rows), 'search mark')} of the file")
    sizes = [_size(mark) for mark in plan.space]
    known = [size for size in sizes if size is not None]
    more = "" if len(known) == len(sizes) else ", and any number between the ends of the ranges without a step"
    st.caption(f"{math.prod(known):,} combinations{more}. In a terminal: `ragkit optimize`.")


def _size(mark: SearchMark) -> int | None:
    """How many values a mark can have; None where they are not counted."""
    if mark.kind != "range":
        return len(mark.choices)
    assert mark.low is not None and mark.high is not None
    step = mark.step if mark.step is not None else 1 if mark.integer else None
    return None if step is None else int((mark.high - mark.low) / step) + 1
