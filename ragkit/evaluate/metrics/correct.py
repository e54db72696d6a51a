"""Right or wrong, by the kind of the question, and abstention."""

from __future__ import annotations

from ragkit.evaluate.metrics.answers import contains
from ragkit.evaluate.metrics.lists import missing_items
from ragkit.evaluate.metrics.outcome import Outcome
from ragkit.evaluate.metrics.retrieval import documents
from ragkit.evaluate.questions import Question

NEEDS_NO_DOCUMENTS = "needs no documents"
"""What a pipeline without an LM says where a question needs none."""


def is_correct(question: Question, outcome: Outcome) -> bool | None:
    """Whether the question was answered right; None where its data cannot tell.

    ================  ==========================================================================================
    unanswerable      the answer says that there is none
    none              nothing was retrieved; and with an LM there is an answer, which contains an accepted one where
                      the question has any; without an LM the answer says that the question "needs no documents"
    aggregate         every listed item stands in the answer or in the title of a cited document
    single, multi,    the answer contains an accepted one (``answers.contains``) and does not say that there is none
    or no kind
    ================  ==========================================================================================

    Where there is no answer to judge, because the pipeline gives passages only or the question has no accepted answers,
    the passages are judged: right is that all gold documents are among them (and that the answer, if there is one, does
    not say that there is none). A pipeline of passages only cannot say that there is no answer, so an ``unanswerable``
    question is neither right nor wrong there; a ``none`` question is right when nothing was retrieved. A run that
    failed is wrong, as is one that came to no answer.
    """
    if outcome.expects_answer:
        if outcome.answer is None:
            return False
        if question.kind == "unanswerable":
            return outcome.abstained
    elif question.kind == "unanswerable":
        return None
    if outcome.failed:
        return False
    if question.kind == "none":
        return outcome.retrievals == 0 and _answered_without_documents(question, outcome)
    if outcome.expects_answer and question.answers:
        if outcome.abstained:
            return False
        if question.kind == "aggregate":
            return not missing_items(question, outcome)
        return contains(outcome.text, question.answers) == 1.0
    if not question.gold_ids:
        return None
    reached = documents(outcome.passages, outcome.owners)
    return not outcome.abstained and set(question.gold_ids) <= set(reached)


def _answered_without_documents(question: Question, outcome: Outcome) -> bool:
    if outcome.answer is None:
        return True
    if not outcome.lm:
        return outcome.abstained and NEEDS_NO_DOCUMENTS in outcome.answer.text.lower()
    if outcome.abstained or not outcome.text.strip():
        return False
    return contains(outcome.text, question.answers) in (None, 1.0)


def abstention_metrics(question: Question, outcome: Outcome) -> dict[str, float | None]:
    """Abstention as two means over questions.

    ``abstention_recall`` is over ``unanswerable`` questions: 1 where the answer says that there is none.
    ``abstention_precision`` is over the answers that say so: 1 where the question is ``unanswerable``. Questions of
    kind ``none``, and such of no kind, are left out of it: there abstaining is right or not for other reasons.
    """
    recall = precision = None
    if outcome.expects_answer and question.kind == "unanswerable":
        recall = float(outcome.abstained)
    if outcome.abstained and question.kind not in (None, "none"):
        precision = float(question.kind == "unanswerable")
    return {"abstention_precision": precision, "abstention_recall": recall}
