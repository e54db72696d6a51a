"""What a run gives: the answer, the passages, the trace, and the document that ``ragkit run --json`` prints."""

from __future__ import annotations

import functools
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ragkit.engine.frame import NOTHING, Question
from ragkit.engine.levels import broken_levels
from ragkit.errors import RagkitError, StepError
from ragkit.spec.plan import Plan
from ragkit.trace.model import Trace, decisions, shown
from ragkit.types import Answer, Passages


@dataclass(frozen=True)
class RunResult:
    """One question's result. ``error`` is set when a step failed; then there is no answer.

    ``passages`` are those that reached the answer, or the output itself where that is a passage list.
    """

    question: str
    answer: Answer | None
    passages: Passages
    error: StepError | None
    warnings: tuple[str, ...]
    stopped: str | None
    trace: Trace
    seconds: float

    @property
    def trace_id(self) -> str:
        """The id under which the trace is stored."""
        return self.trace.id

    @functools.cached_property
    def document(self) -> dict[str, Any]:
        """The result document of DESIGN.md section 3: plain data, ready for JSON."""
        answer = self.answer
        routes = self.routes
        return {
            "question": self.question,
            "answer": None if answer is None else answer.text,
            "abstained": answer is not None and answer.abstained,
            "citations": [
                {
                    "number": c.number, "passage_id": c.passage_id, "doc_id": c.doc_id, "quote": c.quote,
                    "start": c.start, "end": c.end,
                }
                for c in (answer.citations if answer is not None else ())
            ],
            "passages": [shown(passage) for passage in self.passages],
            "route": routes[-1]["label"] if routes else None,
            "routes": routes,
            "decisions": self.decisions,
            "warnings": list(self.warnings),
            "stopped": self.stopped,
            "error": None if self.error is None else {**self.error.as_dict(), "step": self.error.step},
            "usage": self.usage,
            "trace_id": self.trace.id,
            "pipeline": {"name": self.trace.pipeline["name"], "hash": self.trace.pipeline["hash"]},
            "conditions": dict(self.trace.conditions),
        }  # fmt: skip

    @property
    def routes(self) -> list[dict[str, str]]:
        """The branch that each route took, in the order in which they ran."""
        return [
            {"step": span.step, "label": str(span.outputs["label"])}
            for span in self.trace.spans
            if span.use == "flow.route" and "label" in span.outputs
        ]

    @property
    def decisions(self) -> list[dict[str, Any]]:
        """Every decision that a step took, in the order in which they ran."""
        return decisions(self.trace.spans)

    @property
    def usage(self) -> dict[str, Any]:
        """What the run spent. ``context_tokens`` counts title and text of ``passages``, as sent; None if not known."""
        spent = self.trace.usage
        tokens = [passage.tokens for passage in self.passages]
        return {
            "lm_calls": spent.lm_calls,
            "prompt_tokens": spent.prompt_tokens,
            "completion_tokens": spent.completion_tokens,
            "retrieval_calls": spent.retrieval_calls,
            "cached_tokens": spent.cached_tokens,
            "context_tokens": None if None in tokens else sum(count for count in tokens if count is not None),
            "cost": spent.cost,
            "seconds": round(self.seconds, 6),
        }


def collect(
    question: Question, plan: Plan, outputs: Mapping[str, Any], seconds: float, *, single: bool = True
) -> RunResult:
    """The result of a question that has run; it warns of service levels that it did not keep.

    Args:
        question: The question, its trace and its error.
        plan: The plan; the types of its outputs say which is the answer.
        outputs: The values of the root's outputs.
        seconds: The question's time: its own, or its share of a batch.
        single: The time is its own.
    """
    answer: Answer | None = None
    passages = Passages()
    if question.error is None:
        for value in outputs.values():
            if isinstance(value, Answer):
                answer = value
                passages = value.passages
        for value in outputs.values():
            if isinstance(value, Passages):
                passages = value
        if all(value is NOTHING for value in outputs.values()) and question.stopped is None:
            question.warn("the output is nothing: every step that leads to it was skipped")
    result = RunResult(
        question.trace.question, answer, passages, question.error, tuple(question.warnings), question.stopped,
        question.trace, seconds,
    )  # fmt: skip
    if plan.profile is None or question.error is not None:
        return result
    return replace(result, warnings=(*result.warnings, *broken_levels(plan, result.usage, single=single)))


def broken_off(question: Question, plan: Plan, error: BaseException) -> Trace:
    """The trace of a run that was interrupted, with what its steps gave till then; it failed at the inmost open step.

    Steps side by side may still be under way on threads of their own.
    """
    trace = question.trace
    trace.spans = sorted(trace.spans, key=lambda span: span.index)
    trace.ended = time.time_ns()
    trace.usage = question.purse.spent
    why = RagkitError("interrupted" if isinstance(error, KeyboardInterrupt) else f"broken off by {error!r}")
    step, use = plan.name, "pipeline"
    for span in trace.spans:
        if span.ended == span.started and span.status == "ok" and not span.outputs:
            step, use = span.step, span.use
            span.ended = trace.ended
            span.status = "failed"
            span.error = why.as_dict()
    question.fail(StepError(step, use, why, trace_id=trace.id))
    trace.result = collect(question, plan, {}, (trace.ended - trace.started) / 1e9).document
    return trace
