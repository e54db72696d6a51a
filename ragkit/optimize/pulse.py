"""Whether LM and judge still answer: what a search asks before it takes a question for failed.

A question fails because of the values it was run with, by chance, or because an LM answers nobody any more. The last
says nothing about the values, and a search that counted it as 0 would find whatever it tried before the best. So when
a run fails for want of an LM, one that went well before is made again, past all caches: where it fails too, nothing
that was measured since can be used.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from ragkit.engine.result import RunResult
from ragkit.errors import EvaluationError, LMError
from ragkit.evaluate.judge import Judge
from ragkit.evaluate.question import Question
from ragkit.evaluate.row import Row
from ragkit.evaluate.steps import gives_answer
from ragkit.lm import accounts
from ragkit.optimize.limits import SpentError

Again = Callable[[], Row]
"""Makes a run once more, past all caches."""


class Pulse:
    """Feels whether LM and judge answer. Safe to use from several threads.

    Args:
        judge: The judge; None where none is asked.
    """

    def __init__(self, judge: Judge | None) -> None:
        self._judge = judge
        self._went_well: Again | None = None
        self._lock = threading.Lock()

    def went_well(self, again: Again) -> None:
        """Keeps a run that did not fail, as one to make again."""
        self._went_well = again

    def feel(self, rows: Sequence[Row]) -> None:
        """Looks whether those answer for want of whom these questions have failed.

        Args:
            rows: Rows of questions that an LM, or the judge, did not answer.

        Raises:
            EvaluationError: They do not: the failures say nothing about the questions, nor about the values.
            SpentError: The budget does not pay for asking.
        """
        failed = next((row["error"] for row in rows if row["unavailable"]), None)
        unjudged = next((row["judge"]["error"] for row in rows if is_unjudged(row)), None)
        with self._lock:  # many threads find out at once, and one request is enough for each of them
            if failed is not None:
                self._feel_lm(failed)
            if unjudged is not None:
                self._feel_judge(unjudged)

    def verdict(self, question: Question, result: RunResult) -> dict[str, Any]:
        """What the judge says of a run; it is asked once more where it gave no verdict, and gives them at all.

        Raises:
            EvaluationError: It gives none any more.
        """
        assert self._judge is not None
        asked = [(question, result, gives_answer(result.trace.graph))]
        (found,) = self._judge.verdicts(asked)
        if found["error"] is not None and not _refused():
            with self._lock:
                self._feel_judge(found["error"])
            (found,) = self._judge.verdicts(asked)
        return found

    def _feel_lm(self, failed: dict[str, Any]) -> None:
        if self._went_well is None:
            raise EvaluationError(f"every question fails: {failed['message']}", place=failed.get("place"))
        row = self._went_well()
        if row["error"] is not None:
            raise EvaluationError(
                f"what went well before fails now, so that nothing can be concluded: {row['error']['message']}",
                place=row["error"].get("place"),
            )

    def _feel_judge(self, error: str) -> None:
        assert self._judge is not None
        try:
            self._judge.check()
        except LMError as now:
            pays()
            raise EvaluationError(f"the judge gives no verdict: {now}") from now


def is_unjudged(row: Row) -> bool:
    """Whether the judge was asked about a question, and gave no verdict."""
    return row.get("judge") is not None and row["judge"]["error"] is not None


def is_unanswered(row: Row) -> bool:
    """Whether an LM that answered nobody, or the judge, is why nothing is known of a question."""
    return bool(row["unavailable"]) or is_unjudged(row)


def pays() -> None:
    """Looks whether everything so far was paid.

    Raises:
        SpentError: What pays here did not pay for a request.
    """
    refused = _refused()
    if refused is not None:
        raise SpentError(refused)


def _refused() -> str | None:
    payer = accounts.current()
    return None if payer is None else payer.refused
