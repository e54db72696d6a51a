"""Two runs side by side: where they part, what each step did otherwise, the passages that only one of them has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import streamlit as st

from ragkit.trace.diff import PassageChange, StepChange, TraceDiff
from ragkit.trace.telling import what
from ragkit.trace.words import counted, duration, in_words, one_line, visible
from ui.views import decision, problem
from ui.views.text import label, show

SIDES = "A", "B"
_COLOURS = "blue", "orange"
_NOTHING = "–"
_ANSWER, _LONG = 280, 600


def draw(compared: TraceDiff) -> None:
    """The comparison of two runs whose heads are drawn already: conditions, answers, evidence, then the steps."""
    for line in conditions(compared):
        st.text(f"⚠ {line}")
    first = compared.first_change
    if first is None:
        st.success("Every step did the same in both runs.", icon=":material/drag_handle:")
    else:
        st.markdown(f":material/call_split: The runs part at **{label(named(first))}**.")
    _answers(compared)
    st.subheader("Passages that reached the answer", anchor=False)
    if compared.passages:
        _passages(compared.passages, "final")
    else:
        st.caption("The same ones at the same ranks in both.")
    st.subheader("Steps", anchor=False)
    same = [change for change in compared.steps if not change.changed]
    for number, change in enumerate(compared.steps):
        if change.changed:
            _step(change, f"step-{number}", opened=change is first or change.decisions[0] != change.decisions[1])
    if same:
        with st.expander(f"{counted(len(same), 'step')} did the same in both", icon=":material/drag_handle:"):
            for change in same:
                st.text(f"{named(change)}: {_times(change)}")


def conditions(compared: TraceDiff) -> Iterator[str]:
    """What else differs, so that a difference may come from it and not from the pipelines."""
    left, right = compared.left, compared.right
    if left.question != right.question:
        yield "The questions are not the same: what differs may come from that alone."
    names = [*left.conditions, *(name for name in right.conditions if name not in left.conditions)]
    for name in names:
        pair = left.conditions.get(name), right.conditions.get(name)
        if pair[0] != pair[1]:
            yield f"{visible(name)}: {in_words(pair[0], 200)} in A, {in_words(pair[1], 200)} in B"


def named(change: StepChange) -> str:
    """The step's name, with the round or element that it ran in."""
    return f"{change.step} {change.frame}".rstrip()


def rows(changes: Sequence[PassageChange]) -> list[dict[str, Any]]:
    """A row for each passage whose rank differs, in the order of the right run; those that it lost come last."""
    ordered = sorted(changes, key=lambda change: (change.right is None, change.right or change.left or 0))
    return [
        {
            "change": change.moved, "rank in A": change.left, "rank in B": change.right,
            "title": one_line(change.passage.title, 200), "text": visible(change.passage.text),
            "id": visible(change.passage.id),
        }
        for change in ordered
    ]  # fmt: skip


def _answers(compared: TraceDiff) -> None:
    st.subheader("Answer", anchor=False)
    texts = compared.answers
    errors = [(trace.result or {}).get("error") for trace in (compared.left, compared.right)]
    if texts[0] == texts[1] and not any(errors):
        st.caption("The same in both." if texts[0] is not None else "Neither run gave one.")
        if texts[0] is not None:
            show(str(texts[0]))
        return
    for column, text, error, side, colour in zip(st.columns(2), texts, errors, SIDES, _COLOURS, strict=True):
        with column.container(border=True, height=_ANSWER if len(text or "") > _LONG else "content"):
            st.badge(side, color=colour)  # type: ignore[arg-type]
            if error:
                problem.from_document(error)
            elif text is None:
                st.caption("No answer.")
            else:
                show(str(text))


def _passages(changes: Sequence[PassageChange], key: str) -> None:
    table = rows(changes)
    gained, lost = (sum(row["change"] == word for row in table) for word in ("gained", "lost"))
    moved = len(table) - gained - lost
    st.caption(f"From A to B: {gained} gained, {lost} lost, {moved} at another rank.")
    narrow = st.column_config.NumberColumn(width=70)
    st.dataframe(
        table, hide_index=True, key=f"ranks-{key}", placeholder=_NOTHING,
        alt=f"{counted(len(table), 'passage')} whose ranks differ",
        column_config={
            "change": st.column_config.TextColumn(width=70), "rank in A": narrow, "rank in B": narrow,
            "title": st.column_config.TextColumn(width="medium"), "text": st.column_config.TextColumn(width="large"),
        },
    )  # fmt: skip


def _step(change: StepChange, key: str, *, opened: bool) -> None:
    spans = change.left, change.right
    alone = "" if all(spans) else f" · only in {SIDES[0] if spans[0] else SIDES[1]}"
    uses = " → ".join(dict.fromkeys(span.use for span in spans if span is not None))
    title = f"**{label(named(change))}** · {label(uses)}{alone} · {label(_times(change))}"
    with st.expander(title, expanded=opened, icon=":material/compare_arrows:", key=key):
        if not all(spans):
            for span in filter(None, spans):
                st.text(what(span))
                if span.decision is not None:
                    decision.draw(span.decision)
            return
        _values(change)
        _decisions(change)
        if change.passages:
            _passages(change.passages, key)


def _values(change: StepChange) -> None:
    """What differs in a word: states, parameters, counts, outputs that are no passages."""
    found = [("state", change.states)] if change.states[0] != change.states[1] else []
    if change.counts[0] != change.counts[1]:
        found.append(("passages out", change.counts))  # type: ignore[arg-type]
    if len({span.use for span in (change.left, change.right) if span is not None}) == 1:
        found += change.params.items()  # those of two components have little to do with each other
    found += change.values.items()
    if found:
        st.dataframe(
            [
                {"what": visible(name), **{side: _told(value) for side, value in zip(SIDES, pair, strict=True)}}
                for name, pair in found
            ],
            hide_index=True, alt=f"What differs in {named(change)}",
        )  # fmt: skip


def _decisions(change: StepChange) -> None:
    """Both decisions, and both curves where they cut differently."""
    if change.decisions[0] == change.decisions[1]:
        return
    for span, side, colour in zip((change.left, change.right), SIDES, _COLOURS, strict=True):
        told = "no decision" if span is None or span.decision is None else visible(_reason(change, side))
        with st.container(horizontal=True, wrap=False, vertical_alignment="top"):
            st.badge(side, color=colour)  # type: ignore[arg-type]
            st.text(told, width="stretch")
    curves = [span.decision for span in (change.left, change.right) if span is not None and span.decision is not None]
    if len(curves) == 2 and all(decision.has_curve(each) for each in curves):
        both = decision.two_curves(curves[0], curves[1], SIDES)
        st.echarts_chart(both, height=260, alt=f"The scores and cuts of {named(change)}")


def _reason(change: StepChange, side: str) -> str:
    return change.decisions[SIDES.index(side)] or "no decision"


def _told(value: Any) -> str:
    return _NOTHING if value is None else value if isinstance(value, str) else in_words(value, 400)


def _times(change: StepChange) -> str:
    return " → ".join(_NOTHING if each is None else duration(each * 1e9) for each in change.seconds)
