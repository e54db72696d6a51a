"""One question's scores: its metrics, those of every step, why it failed, and what fixed cuts would have given."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any

from ragkit.engine.result import RunResult
from ragkit.evaluate.attribution import attribute
from ragkit.evaluate.decisions import decided
from ragkit.evaluate.fixed_k import fixed_cuts
from ragkit.evaluate.metrics.answers import ANSWER_METRICS, answer_metrics
from ragkit.evaluate.metrics.citations import Entails, citation_metrics
from ragkit.evaluate.metrics.correct import abstention_metrics, is_correct
from ragkit.evaluate.metrics.lists import list_metrics
from ragkit.evaluate.metrics.outcome import Outcome
from ragkit.evaluate.metrics.retrieval import documents, retrieval_metrics
from ragkit.evaluate.metrics.spending import context_tokens, spending_metrics
from ragkit.evaluate.questions import Question
from ragkit.evaluate.steps import gives_answer, owners, step_passages


@dataclass(frozen=True, slots=True)
class Scores:
    """What one question's run is worth; all of it is plain data.

    Attributes:
        metrics: Every metric of a question by name; None where it does not apply or is not known, so that a mean is
            over those that have it.
        steps: For each step that handed on passages, the retrieval metrics of these and their ``context_tokens``.
        cause: Why the question failed (``ragkit.evaluate.attribution``); None where it did not, or where a step failed.
        baselines: For each selector, what fixed cuts of its input would have given (``ragkit.evaluate.fixed_k``).
        decided: What gates and routers decided (``ragkit.evaluate.decisions``).
    """

    metrics: Mapping[str, float | None]
    steps: Mapping[str, Mapping[str, float | None]]
    cause: Mapping[str, Any] | None
    baselines: Mapping[str, Any]
    decided: Mapping[str, Any]


def score(
    question: Question,
    result: RunResult,
    *,
    known_documents: Container[str] | None = None,
    lm: bool = False,
    entails: Entails | None = None,
) -> Scores:
    """Scores one question.

    A run in which a step failed gave its user nothing: it has 0 in every metric of quality that the question could have
    had, so that failing on hard questions raises no mean. What it spent is counted; its ``context_tokens`` are None.

    Args:
        question: The question and what is known about its answer.
        result: Its run, with the trace.
        known_documents: The ids of the corpus's documents; None where they are not known.
        lm: The pipeline has an LM.
        entails: Whether a premise entails a hypothesis, for citations; None compares quotes verbatim.
    """
    handed = step_passages(result.trace)
    failed = result.error is not None
    of_part = owners((*handed.values(), result.passages))
    outcome = Outcome(
        result.answer,
        result.passages,
        gives_answer(result.trace.graph),
        result.trace.usage.retrieval_calls,
        lm,
        failed,
        of_part,
    )
    correct = is_correct(question, outcome)
    metrics = {
        **retrieval_metrics(documents(result.passages, of_part), question.gold),
        "correct": None if correct is None else float(correct),
        **_answers(question, outcome),
        **list_metrics(question, outcome),
        **abstention_metrics(question, outcome),
        **citation_metrics(outcome, entails),
        **spending_metrics(result.usage),
    }
    if failed:
        metrics["context_tokens"] = None
    steps = {
        step: {
            **retrieval_metrics(documents(passages, of_part), question.gold),
            "context_tokens": context_tokens(passages),
        }
        for step, passages in handed.items()
    }
    cause = None
    if correct is False and not failed:
        cause = attribute(question, result, outcome, known_documents).as_dict()
    return Scores(metrics, steps, cause, fixed_cuts(question, result.trace, of_part), decided(result.trace))


def _answers(question: Question, outcome: Outcome) -> dict[str, float | None]:
    """The metrics of the answer's text.

    The accepted answers of an ``aggregate`` are the items of one list and no alternatives, so its text is not held
    against each of them; and to a ``none`` question a pipeline without an LM should give no answer.
    """
    none = question.kind == "none" and not outcome.lm
    if not outcome.expects_answer or question.kind == "aggregate" or none:
        return dict.fromkeys(ANSWER_METRICS)
    return answer_metrics(outcome.text, question.answers)
