"""Questions through a pipeline, each with its scores."""

from __future__ import annotations

from collections.abc import Sequence

from ragkit.engine import Pipeline
from ragkit.engine.result import RunResult
from ragkit.evaluate.judge import take_verdict
from ragkit.evaluate.known import KnownDocuments
from ragkit.evaluate.question import Question
from ragkit.evaluate.row import Row, row_of
from ragkit.evaluate.scoring import score
from ragkit.evaluate.settings import Settings
from ragkit.evaluate.steps import gives_answer

LM_PORTION = 32
"""Questions in a portion where an LM is asked: a stop then loses at most so many answers."""


class Runner:
    """Runs questions through a pipeline and scores them; keeps nothing.

    Args:
        pipeline: The pipeline.
        settings: How it runs and with what is measured.
        known_documents: The ids that its corpora hold; None where it reads none.
    """

    def __init__(self, pipeline: Pipeline, settings: Settings, known_documents: KnownDocuments | None) -> None:
        self._pipeline = pipeline
        self._settings = settings
        self._known = known_documents
        self._lm = bool(pipeline.plan.lms)

    @property
    def portion(self) -> int:
        """How many questions to hand over at once."""
        if self._settings.single:
            return 1
        asks = self._lm or self._settings.judge is not None
        return min(LM_PORTION, self._pipeline.batch_size) if asks else self._pipeline.batch_size

    def rows(self, questions: Sequence[Question]) -> list[Row]:
        """The rows of some questions, in their order.

        Raises:
            UsageError: A question lacks an input that the pipeline declares, or brings one that it does not.
        """
        inputs = [{**self._settings.inputs, **question.inputs} for question in questions]
        if self._settings.single:
            results = [
                self._pipeline.run(question.question, history=question.history, inputs=given)
                for question, given in zip(questions, inputs, strict=True)
            ]
        else:
            results = self._pipeline.run_batch(
                [
                    {"question": question.question, "history": question.history, "inputs": given}
                    for question, given in zip(questions, inputs, strict=True)
                ]
            )
        rows = [self._row(question, result) for question, result in zip(questions, results, strict=True)]
        if self._settings.judge is not None:
            asked = [
                (question, result, gives_answer(result.trace.graph))
                for question, result in zip(questions, results, strict=True)
            ]
            for row, verdict in zip(rows, self._settings.judge.verdicts(asked), strict=True):
                take_verdict(row, verdict)
        return rows

    def _row(self, question: Question, result: RunResult) -> Row:
        entails = self._settings.entailment
        before = (0, 0) if entails is None else (entails.asked, entails.cut)
        row = row_of(question, result, score(
            question, result, known_documents=self._known, lm=self._lm, entails=entails,
        ))  # fmt: skip
        if entails is not None:
            row["entailment"] = {"asked": entails.asked - before[0], "cut": entails.cut - before[1]}
        return row
