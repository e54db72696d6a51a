"""A row: one question of an evaluation, as ``--rows`` writes it and a saved result keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ragkit.errors import LMUnavailable

if TYPE_CHECKING:
    from ragkit.engine.result import RunResult
    from ragkit.evaluate.question import Question
    from ragkit.evaluate.scoring import Scores
    from ragkit.trace.model import Span

Row = dict[str, Any]
"""The result document of DESIGN.md section 3 and, beside it:

``id``, ``kind``, ``answers``, ``gold_ids``
    the question as the data has it; ``extra`` holds its other keys.
``metrics``
    ``{name: number or null}``; null where a metric does not apply to the question.
``steps``
    ``{step path: {metric: number or null}}``, for every step that hands on passages.
``cause``
    null, or ``{"cause", "step", "rank", "score", "detail"}``: why the question failed.
``baselines``
    for each selector, what fixed cuts of its input would have given.
``decided``
    what gates and routers decided.
``cached``
    how many of its steps were read from a cache, their own or that of the LM: then its seconds are not the pipeline's.
``unavailable``
    True where its run failed because an LM answered nobody (``ragkit.errors.LMUnavailable``), which says nothing about
    the pipeline.
``judge``
    the verdict of the LM judge, where there is one (``ragkit.evaluate.judge``).
``entailment``
    how many pairs the entailment model read for it, and how many of them were cut, where there is one.
"""

_HEAVY = ("passages", "citations", "answer", "warnings")
"""What a report does not read; an evaluation of many questions does not keep it in memory."""


def row_of(question: Question, result: RunResult, scores: Scores) -> Row:
    """The row of one question that has run."""
    return {
        "id": question.id,
        "kind": question.kind,
        "answers": list(question.answers),
        "gold_ids": list(question.gold_ids),
        **result.document,
        "metrics": dict(scores.metrics),
        "steps": {step: dict(metrics) for step, metrics in scores.steps.items()},
        "cause": scores.cause,
        "baselines": scores.baselines,
        "decided": scores.decided,
        "cached": sum(_is_cached(span) for span in result.trace.spans),
        "unavailable": unavailable(result),
        "extra": dict(question.extra),
    }


def unavailable(result: RunResult) -> bool:
    """Whether a run failed because an LM answered nobody."""
    return result.error is not None and isinstance(result.error.cause, LMUnavailable)


def slim(row: Mapping[str, Any]) -> Row:
    """The row without the texts of passages and answer."""
    return {name: value for name, value in row.items() if name not in _HEAVY}


def _is_cached(span: Span) -> bool:
    return span.status == "cached" or any(request.get("cached") for request in span.requests)
