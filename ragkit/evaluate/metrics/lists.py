"""Questions for a list (``aggregate``): which of the listed items were found, and whether what is cited belongs."""

from __future__ import annotations

from ragkit.evaluate.metrics.answers import stands_in, without_marks
from ragkit.evaluate.metrics.outcome import Outcome
from ragkit.evaluate.questions import Question

LIST_METRICS = ("set_precision", "set_recall", "set_f1")


def list_metrics(question: Question, outcome: Outcome) -> dict[str, float | None]:
    """The metrics of ``LIST_METRICS``; None for questions of other kinds and for pipelines without an answer.

    ``set_recall`` is the share of the listed items that were found: an item is found where it stands in the answer or
    in the title of a cited document. ``set_precision`` is over the cited documents: the share of them that are gold;
    0 where nothing is cited, None where the question names no gold documents. ``set_f1`` is their harmonic mean.
    An answer that says that there is none has found nothing.
    """
    if question.kind != "aggregate" or not outcome.expects_answer:
        return dict.fromkeys(LIST_METRICS)
    recall = None
    if question.answers:
        recall = 1 - len(missing_items(question, outcome)) / len(question.answers)
    precision = None
    if question.gold_ids:
        cited = {} if outcome.abstained else outcome.cited()
        precision = sum(id in question.gold_ids for id in cited) / len(cited) if cited else 0.0
    f1 = None
    if precision is not None and recall is not None:
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {"set_precision": precision, "set_recall": recall, "set_f1": f1}


def missing_items(question: Question, outcome: Outcome) -> list[str]:
    """The listed items that stand neither in the answer nor in the title of a cited document."""
    if outcome.answer is None or outcome.abstained:
        return list(question.answers)
    texts = [without_marks(outcome.text), *outcome.cited().values()]
    return [item for item in question.answers if not any(stands_in(item, text) for text in texts)]
