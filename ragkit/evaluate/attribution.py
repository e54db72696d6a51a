"""Why a question failed: the first cause that its trace proves, in the order of ``CAUSES``.

**What is looked for.** Every gold document has to reach the answer (for a ``single`` question one passage of a gold
document that holds the answer is enough). One that did not is followed back from the answer through the lists that
really led to it (``ragkit.evaluate.causes.lineage``):

* it is not a document of the corpus: ``not_in_corpus``;
* no list on the way had it, and a gate said that nothing need be retrieved, a route took the branch of another kind of
  question, or the retrieval was skipped by its condition: ``routed_wrongly``; the budget was spent before anything was
  retrieved: ``truncated``; otherwise ``retrieval_miss``;
* a step was given it and did not hand it on: ``lost_in_fusion``, ``lost_in_rerank``, ``truncated`` (a limit of tokens,
  or the answer's own context) or ``cut_by_selector``, by what the step is.

Of several lost documents the one with the first cause in the order is named.

**Passages.** A long document can reach the answer with the wrong passage. Where no passage that reached it holds an
accepted answer or the evidence, but one that stood in an earlier list does, that passage is followed in the same way.
A question without gold documents has only this.

**What was made of it.** When everything has reached the answer: ``format`` where an accepted answer is there in another
spelling, ``wrongly_abstained`` where the words were there and the answer says that there is none, else
``not_found_in_passage``. An ``unanswerable`` question that was answered is ``wrongly_answered``; so is a ``none``
question that retrieved nothing and was not answered right, while one that retrieved was ``routed_wrongly``.

A run in which a step failed has an error and no cause.
"""

from __future__ import annotations

from collections.abc import Container

from ragkit.engine.result import RunResult
from ragkit.evaluate.causes.case import Case
from ragkit.evaluate.causes.cause import CAUSES, Cause, CauseName
from ragkit.evaluate.causes.lost import find_lost
from ragkit.evaluate.causes.misread import misread
from ragkit.evaluate.decisions import decided
from ragkit.evaluate.metrics.outcome import Outcome
from ragkit.evaluate.questions import Question
from ragkit.trace.words import counted

__all__ = ["CAUSES", "Cause", "CauseName", "attribute"]


def attribute(
    question: Question, result: RunResult, outcome: Outcome, known_documents: Container[str] | None = None
) -> Cause:
    """The cause of a failure.

    Args:
        question: The question, which was answered wrong (``metrics.correct``) without an error.
        result: Its run, live from the engine.
        outcome: What it came to.
        known_documents: The ids of the corpus's documents; None where they are not known, and then ``not_in_corpus``
            cannot be proved.
    """
    case = Case(question, result, outcome)
    if question.kind == "none":
        return _needed_nothing(case)
    if question.kind == "unanswerable":
        return _unanswerable(case)
    return find_lost(case, known_documents) or misread(case)


def _unanswerable(case: Case) -> Cause:
    if case.outcome.answer is None:
        return case.no_answer()
    cited = len(case.outcome.answer.citations)
    sources = f"citing {counted(cited, 'passage')}" if cited else "citing nothing"
    detail = f"the corpus does not hold an answer, and one was given, {sources}"
    return Cause("wrongly_answered", detail, case.answer_step)


def _needed_nothing(case: Case) -> Cause:
    times = case.outcome.retrievals
    if times:
        retrieved = f"{counted(times, 'retrieval')} for a question that needs none"
        found = decided(case.trace)
        for step, gate in found["gates"].items():
            if gate["needed"]:
                held = f" (score {gate['score']:.3g})" if gate["score"] is not None else ""
                detail = f"{retrieved}: gate {step!r} said that retrieval is needed{held}"
                return Cause("routed_wrongly", detail, step, score=gate["score"])
        for span in case.routes():
            detail = f"{retrieved}: {span.step!r} took the branch {str(span.outputs['label'])!r}"
            return Cause("routed_wrongly", detail, span.step)
        return Cause("routed_wrongly", f"{retrieved}, and no gate or route decides about it")
    if case.outcome.answer is None:
        return case.no_answer()
    if case.outcome.lm and case.outcome.abstained:
        return Cause("wrongly_abstained", "the question needs no documents, and it was not answered", case.answer_step)
    wanted = "contains none of the accepted answers" if case.outcome.lm else "does not say that it needs no documents"
    detail = f"nothing was retrieved, as is right, but the answer {wanted}"
    return Cause("wrongly_answered", detail, case.answer_step)
