"""A card for each step of a run: what came in, what went out, what it decided and why."""

from __future__ import annotations

import streamlit as st

from ragkit.trace.model import Span
from ragkit.trace.story import heading_of
from ragkit.trace.telling import what
from ragkit.trace.tree import Branch
from ragkit.trace.words import counted, duration, in_words, number, visible
from ragkit.types import Answer, Label, Parts, Passages
from ui.views import decision, passages, problem, requests
from ui.views.text import label

_ICONS = {
    "RETRIEVER": ":material/search:", "RERANKER": ":material/swap_vert:", "LLM": ":material/smart_toy:",
    "EMBEDDING": ":material/grain:",
}  # fmt: skip
_BY_ROLE = {
    "select": ":material/content_cut:", "route": ":material/alt_route:", "fuse": ":material/merge:",
    "flow": ":material/account_tree:", "generate": ":material/edit_note:", "judge": ":material/gavel:",
    "query": ":material/manage_search:", "expand": ":material/unfold_more:", "compress": ":material/compress:",
    "order": ":material/sort:",
}  # fmt: skip


def draw_all(branches: list[Branch], question: str, depth: int = 0) -> None:
    """The cards of a run, those inside a flow step under a heading for each round, element or branch.

    Args:
        branches: The spans as a tree.
        question: The run's question: an input that repeats it is not shown again.
        depth: How deep they stand.
    """
    for branch in branches:
        draw(branch.span, question)
        for group in branch.groups:
            heading = heading_of(group)
            if heading is not None:
                st.markdown(f":gray[{'› ' * (depth + 1)}**{label(heading[0])}** {label(heading[1])}]")
            draw_all(group.branches, question, depth + 1)


def draw(span: Span, question: str) -> None:
    """One card; a step that was skipped or only led to others is closed."""
    skipped = span.status == "skipped"
    took = "skipped" if skipped else duration(span.ended - span.started)
    icon = ":material/error:" if span.status == "failed" else _ICONS.get(span.kind) or _icon(span.use)
    name = f"{label(span.step)} {label(span.frame)}".rstrip()
    title = f":gray[{name} · skipped]" if skipped else f"**{name}** · {label(span.use)} · {took}"
    opened = span.status == "failed" or (span.decision is not None and not skipped)
    with st.expander(title, expanded=opened, icon=icon, key=f"step-{span.index}"):
        st.text(what(span))
        if span.decision is not None:
            decision.draw(span.decision)
            decision.draw_others(span)
        if span.error is not None:
            problem.from_document(span.error)
        for warning in span.warnings:
            st.text(f"⚠ {visible(warning)}")
        _texts(span, question)
        if not any(isinstance(value, Answer) for value in span.outputs.values()) and not span.use.startswith("flow."):
            passages.draw(span, f"passages-{span.index}")
        requests.draw(span)
        _spent(span)
        if span.params:
            _parameters(span)


def _icon(use: str) -> str:
    return _BY_ROLE.get(use.partition(".")[0], ":material/settings:")


def _texts(span: Span, question: str) -> None:
    """Inputs and outputs that are neither passages nor the question itself."""
    answers = {value.text for value in span.outputs.values() if isinstance(value, Answer)}
    for heading, values in (("in", span.inputs), ("out", span.outputs)):
        for name, value in values.items():
            if isinstance(value, (Passages, Parts)) or value in (question, "", [], None):
                continue
            if isinstance(value, Answer):
                st.caption(f"{heading}: {label(name)}")
                st.text(visible(value.text))
            elif isinstance(value, str) and value in answers:
                continue
            elif isinstance(value, (str, int, float, bool, list, dict)) and not isinstance(value, Label):
                st.caption(f"{heading}: {label(name)}")
                st.text(visible(value) if isinstance(value, str) else in_words(value, 4_000))


def _spent(span: Span) -> None:
    used = span.usage
    if used is None or not used.lm_calls or len(span.requests) == 1:
        return  # the one request was told with its tokens and its cost
    counts = ["unknown" if count is None else f"{count:,}" for count in (used.prompt_tokens, used.completion_tokens)]
    cost = "cost unknown" if used.cost is None else f"${number(used.cost)}"
    st.caption(
        f"{counted(used.lm_calls, 'LM call')} · {counts[0]} tokens in, {counts[1]} out · {cost}".replace("$", "\\$")
    )


def _parameters(span: Span) -> None:
    with st.expander("Parameters", icon=":material/tune:", key=f"params-{span.index}"):
        rows = [{"parameter": visible(name), "value": in_words(value, 2_000)} for name, value in span.params.items()]
        st.dataframe(rows, hide_index=True, alt="The parameters that the step ran with")
