"""Lists of passages: each score under its own name, and how ranks moved."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import streamlit as st

from ragkit.scores import score_meaning
from ragkit.trace.model import Span
from ragkit.trace.movement import Movement, movement
from ragkit.trace.words import counted, number, one_line, visible
from ragkit.types import Passage

_HEIGHT = 420
_ROWS_AT_ONCE = 10


def draw(span: Span, key: str) -> None:
    """What a step did to passages; nothing for a step that gave none."""
    moved = movement(span)
    if moved is None:
        return
    by = moved.given.ranked_by
    if by is not None:
        meaning = score_meaning(by)
        st.caption(f"Ordered by `{_code(by)}`: {meaning.meaning}.")
    if moved.moves:
        _table(kept_rows(moved), moved.given, f"{key}-kept")
    else:
        st.caption("No passage came out of it.")
    if moved.dropped:
        why = f" {one_line(span.decision.reason, 300)}" if span.decision is not None else ""
        with st.expander(f"{counted(len(moved.dropped), 'passage')} left out", icon=":material/filter_alt_off:"):
            if why:
                st.text(why.strip())
            _table(dropped_rows(moved), moved.dropped, f"{key}-dropped")


def kept_rows(moved: Movement) -> list[dict[str, Any]]:
    """A row for each passage that went out: rank, how it moved, its scores, what it is."""
    heading = "from" if len(moved.lists) > 1 else "moved"
    return [
        {"rank": move.rank, **({heading: move.arrow} if moved.lists else {}), **_row(move.passage)}
        for move in moved.moves
    ]


def dropped_rows(moved: Movement) -> list[dict[str, Any]]:
    """A row for each passage that came in and did not go out, with the best rank it came with."""
    best: dict[str, int] = {}
    for each in moved.lists:
        for rank, passage in enumerate(each, start=1):
            best[passage.id] = min(rank, best.get(passage.id, rank))
    return [{"rank before": best[passage.id], **_row(passage)} for passage in moved.dropped]


def _row(passage: Passage) -> dict[str, Any]:
    return {
        **{name: float(value) for name, value in passage.scores.items()},
        "title": one_line(passage.title, 200),
        "text": visible(passage.text),
        "id": visible(passage.id),
    }


def _table(rows: list[dict[str, Any]], passages: Iterable[Passage], key: str) -> None:
    scores = list(dict.fromkeys(name for passage in passages for name in passage.scores))
    config: dict[str, Any] = {name: _score_column(name) for name in scores}
    config |= {
        "rank": st.column_config.NumberColumn(width=60), "moved": st.column_config.TextColumn(width=70),
        "title": st.column_config.TextColumn(width="medium"), "text": st.column_config.TextColumn(width="large"),
    }  # fmt: skip
    order = [name for name in ("rank", "rank before", "moved", "from") if name in rows[0]]
    height: Any = _HEIGHT if len(rows) > _ROWS_AT_ONCE else "auto"
    st.dataframe(
        rows, hide_index=True, column_config=config, column_order=[*order, "title", *scores, "text", "id"],
        height=height, key=key, alt=f"A table of {counted(len(rows), 'passage')}",
    )  # fmt: skip


def _score_column(name: str) -> Any:
    meaning = score_meaning(name)
    ends = ["–∞" if meaning.low is None else number(meaning.low), "∞" if meaning.high is None else number(meaning.high)]
    return st.column_config.NumberColumn(
        format="%.4f", width=90, help=f"{meaning.meaning} (from {ends[0]} to {ends[1]})"
    )


def _code(name: str) -> str:
    return visible(name).replace("`", "'")
