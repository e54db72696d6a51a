"""The questions of a comparison, as the data that the page's script filters and shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ragkit.evaluate.compare.comparison import NO_KIND, Comparison
from ragkit.evaluate.compare.measures import COSTS, QUANTILES
from ragkit.evaluate.compare.page.svg import SIDES
from ragkit.evaluate.compare.side import Side
from ragkit.evaluate.compare.words import LETTERS, number

MOST = 2000
"""The most characters of an answer; what is cut off is marked, and the trace has it whole."""


def questions(comparison: Comparison, names: Sequence[str]) -> dict[str, Any]:
    """Every question with what each side gave for it.

    Args:
        comparison: The comparison.
        names: The measures whose values are shown for each side.
    """
    shown = [name for name in names if name not in QUANTILES and name != "failed"]
    return {
        "sides": [
            {"label": side.label, "letter": LETTERS[index], "color": index % SIDES}
            for index, side in enumerate(comparison.sides)
        ],
        "kinds": [kind for kind in comparison.by_kind if kind != NO_KIND],
        "endings": list(comparison.endings),
        "questions": [_question(comparison, id, shown) for id in comparison.alignment.ids],
    }


def _question(comparison: Comparison, id: str, names: Sequence[str]) -> dict[str, Any]:
    asked = comparison.baseline.outcomes[id]
    return {
        "id": id,
        "kind": asked.kind,
        "question": asked.question,
        "answers": list(asked.answers),
        "gold": list(asked.gold_ids),
        "sides": [_given(side, id, names) for side in comparison.sides],
    }


def _given(side: Side, id: str, names: Sequence[str]) -> dict[str, Any]:
    outcome = side.outcomes[id]
    detail = ""
    if outcome.error is not None:
        detail = str(outcome.error.get("message") or "")
    elif outcome.cause is not None:
        detail = outcome.cause.detail
    answer = outcome.answer
    if answer is not None and len(answer) > MOST:
        answer = f"{answer[:MOST]} … ({len(answer) - MOST:,} more characters)"
    values = [(name, side.value(id, name)) for name in names]
    return {
        "state": outcome.state,
        "answer": answer,
        "detail": detail,
        "cited": list(dict.fromkeys(citation.doc_id for citation in outcome.citations)),
        "trace": outcome.trace_id,
        "numbers": [
            [name, f"{value:g}" if value in (0, 1) else number(value, name)]
            for name, value in sorted(values, key=lambda pair: pair[0] in COSTS)
            if value is not None
        ],
    }
