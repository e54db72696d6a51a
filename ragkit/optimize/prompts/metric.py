"""ragkit's objective as DSPy's optimisers ask for it: a number, a yes or no, or a number with feedback."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any

import dspy

from ragkit.engine.result import RunResult
from ragkit.evaluate.judge import take_verdict
from ragkit.evaluate.questions import Question
from ragkit.evaluate.row import Row, row_of, slim
from ragkit.evaluate.scoring import score
from ragkit.optimize.objective import Objective, mean_of
from ragkit.optimize.prompts.candidates import Candidates
from ragkit.optimize.prompts.feedback import Feedback
from ragkit.optimize.prompts.program import key_of, run_of

ID = "dspy_question"
"""The key of an example under which its question's id stands; DSPy shows keys that begin so to no LM."""


class Metric:
    """The objective over one question, scored exactly as ``ragkit eval`` scores it.

    A question that has not the metric under some prompts (a citation metric where nothing is cited) is worth 0 there.

    Args:
        objective: What is searched for.
        questions: The questions of the examples.
        candidates: Is told every row.
        known_documents: The ids of the corpus's documents; None where they are not known.
        accept: The least that a run must have of the metric itself to become an example.
        verdict: Asks the judge about a run; None where nobody judges.
    """

    def __init__(
        self,
        objective: Objective,
        questions: Sequence[Question],
        candidates: Candidates,
        known_documents: Container[str] | None,
        accept: float,
        verdict: Callable[[Question, RunResult], dict[str, Any]] | None = None,
    ) -> None:
        self._objective = objective
        self._questions: Mapping[str, Question] = {question.id: question for question in questions}
        self._candidates = candidates
        self._known = known_documents
        self._accept = accept
        self._verdict = verdict

    def value(self, example: Any, found: Any, trace: Any = None, *more: Any) -> float | bool:
        """The question's worth; while examples are gathered (there is a trace), whether the run may become one."""
        row = self._row(example, found)
        if trace is not None:
            own = row["metrics"].get(self._objective.maximize)
            return own is not None and own >= self._accept
        return self._worth(row)

    def explained(
        self, gold: Any, found: Any, trace: Any = None, pred_name: str | None = None, pred_trace: Any = None
    ) -> Any:
        """The worth with feedback: to the step ``pred_name`` as GEPA asks, else on the whole run as SIMBA does."""
        row = self._row(gold, found)
        if pred_name is None and trace is not None:
            return self.value(gold, found, trace)
        feedback = Feedback(self._questions[gold[ID]], run_of(found), row, self._objective.maximize)
        text = feedback.whole() if pred_name is None else feedback.to_step(pred_name)
        return dspy.Prediction(score=self._worth(row), feedback=text)

    def _worth(self, row: Row) -> float:
        return self._objective.of_question(row) or 0.0

    def _row(self, example: Any, found: Any) -> Row:
        """The row of a prediction, made once."""
        if "_row" not in vars(found):
            question, result = self._questions[example[ID]], run_of(found)
            row = slim(row_of(question, result, score(question, result, known_documents=self._known, lm=True)))
            if self._verdict is not None:
                take_verdict(row, self._verdict(question, result))
            found._row = row
            key = key_of(found)
            if key is not None:
                self._candidates.add(key, question.id, row)
        made: Row = found._row
        return made


def acceptance(rows: Sequence[Row], objective: Objective) -> float:
    """What a run must reach to be shown as an example: half way from what is usual to all right.

    Of a metric that is 0 or 1 these are the right ones; of a graded one those that are clearly better than most.
    """
    usual = mean_of(rows, objective.maximize) or 0.0
    return (usual + 1.0) / 2
