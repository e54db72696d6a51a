"""An LM as judge of answers: does an answer say what an accepted one says, in whatever words?"""

from __future__ import annotations

import contextvars
import functools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ragkit.errors import LMError, UsageError, did_you_mean
from ragkit.lm.ledger import Ledger
from ragkit.lm.signature import Field, Signature
from ragkit.spec.plan import Model
from ragkit.types import Usage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ragkit.engine.result import RunResult
    from ragkit.evaluate.question import Question
    from ragkit.lm.cache import ResponseCache
    from ragkit.spec.plan import Plan

SIGNATURE = Signature(
    "Judge whether the answer to a question is correct. It is correct when it gives what one of the accepted answers "
    "gives, in whatever words, however short or long, and does not contradict it. Where the question asks for a list, "
    "the accepted answers are its items, and a correct answer gives every one of them. Judge by the accepted answers "
    "alone and not by what you know.",
    inputs={
        "question": Field("the question"),
        "is_list": Field("whether the accepted answers are the items of one list", bool),
        "accepted": Field("the accepted answers", list[str]),
        "answer": Field("the answer to judge"),
    },
    outputs={
        "reason": Field("one sentence: what agrees and what does not"),
        "correct": Field("whether the answer is correct", bool),
    },
)
_PLAIN = {"question": "What is one and one?", "is_list": False, "accepted": ["two"], "answer": "It is two."}
"""Every LM that can judge at all can judge this."""
METRIC = "answer_judged"
"""The metric: 1 where the judge took the answer for correct."""


class Judge:
    """Judges answers against the accepted ones, several side by side, as many as the LM allows at a time.

    It is asked only where there is something to judge. Where the question has no accepted answers, or the pipeline
    gives none, there is no verdict; an answer that says that there is none, and a run that failed, are wrong without
    asking; for an ``unanswerable`` question it is right to say so.

    Args:
        model: The LM.
        responses: What LMs answered earlier; None asks anew each time.
    """

    def __init__(self, model: Model, responses: ResponseCache | None = None) -> None:
        from ragkit.lm.predictor import Predictor
        from ragkit.lm.registry import open_lm

        self.model = model
        self._responses = responses
        self._lm = open_lm(model)
        self._predictor = Predictor(SIGNATURE, self._lm)

    @property
    def card(self) -> dict[str, Any]:
        """The judge as a report names it."""
        return {"name": self.model.model, "temperature": self.model.temperature, "instructions": SIGNATURE.instructions}

    def verdicts(self, asked: Sequence[tuple[Question, RunResult, bool]]) -> list[dict[str, Any]]:
        """The verdict on each question, in order.

        Args:
            asked: Question, its run, and whether the pipeline gives answers at all.

        Returns:
            ``{"correct": bool or None, "reason", "error", "usage"}`` for each; ``error`` says why the LM gave none.
        """
        with ThreadPoolExecutor(self.model.concurrency, thread_name_prefix="ragkit-judge") as pool:
            # In a copy of the caller's context each, so that what limits the caller's requests limits these too.
            calls = [functools.partial(contextvars.copy_context().run, self._verdict, *one) for one in asked]
            futures = [pool.submit(call) for call in calls]
            return [future.result() for future in futures]

    def check(self) -> None:
        """Lets it judge an answer that any LM can judge, past the cache: whether it gives verdicts at all.

        Raises:
            LMError: It gives none.
        """
        self._ask(Ledger(), _PLAIN)

    def _verdict(self, question: Question, result: RunResult, gives_answer: bool) -> dict[str, Any]:
        known = _without_asking(question, result, gives_answer)
        if known is not _ASK:
            return _document(known, "decided without asking")
        assert result.answer is not None
        ledger = Ledger(cache=self._responses)
        try:
            reply = self._ask(ledger, _fields(question, result.answer.text))
        except LMError as error:
            return _document(None, "", ledger, str(error))
        return _document(reply.correct, reply.reason, ledger)

    def _ask(self, ledger: Ledger, fields: Mapping[str, Any]) -> Any:
        from ragkit.lm.asking import ask
        from ragkit.lm.handed import Handed

        return ask(Handed(self._predictor, self._lm, ledger), fields, {})


def take_verdict(row: dict[str, Any], verdict: Mapping[str, Any]) -> None:
    """Puts a verdict into the row of its question, and what it comes to among the metrics."""
    row["judge"] = verdict
    row["metrics"][METRIC] = None if verdict["correct"] is None else float(verdict["correct"])


def judge_of(plan: Plan, name: str) -> Model:
    """The LM that judges for a pipeline: one that its file names, used by a step or not, else any model string.

    Raises:
        UsageError: It is neither the name of an LM nor a model string.
    """
    return named_model(name, [*plan.declared.values(), *plan.models])


def named_model(name: str, known: Sequence[Model]) -> Model:
    """The LM of the pipeline that has this name, with its address and limits, else the model string itself.

    Raises:
        UsageError: It is neither the name of an LM nor a model string.
    """
    for model in known:
        if name in (model.name, model.model):
            return model
    if "/" not in name:
        names = [model.name for model in known if model.name is not None]
        raise UsageError(
            f"the judge {name!r} is neither a model string nor an LM of the pipeline{did_you_mean(name, names)}",
            hint="--judge openai/gpt-4o-mini: provider/model, as DSPy has it",
        )
    return Model(name)


def _fields(question: Question, answer: str) -> dict[str, Any]:
    return {
        "question": question.question,
        "is_list": question.kind == "aggregate",
        "accepted": list(question.answers),
        "answer": answer,
    }


_ASK: Any = object()


def _without_asking(question: Question, result: RunResult, gives_answer: bool) -> bool | None:
    """The verdict where none is needed; ``_ASK`` where the LM is to judge."""
    if not gives_answer or not (question.answers or question.kind == "unanswerable"):
        return None
    if result.answer is None or not result.answer.text.strip():
        return False
    if question.kind == "unanswerable":
        return result.answer.abstained
    return False if result.answer.abstained else _ASK


def _document(
    correct: bool | None, reason: str, ledger: Ledger | None = None, error: str | None = None
) -> dict[str, Any]:
    spent = Usage() if ledger is None else replace(ledger.usage, lm_calls=ledger.sent)
    return {
        "correct": correct,
        "reason": reason,
        "error": error,
        "usage": {
            "lm_calls": spent.lm_calls, "prompt_tokens": spent.prompt_tokens,
            "completion_tokens": spent.completion_tokens, "cost": spent.cost,
        },
    }  # fmt: skip
