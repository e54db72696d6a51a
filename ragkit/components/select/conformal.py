"""``select.conformal``: cut where a promise about recall holds on new questions."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from ragkit.component import BINDABLE, Component
from ragkit.components.select._selection import Limits, check_limits, select
from ragkit.components.select.rules.conformal import all_gold_threshold, recall_threshold
from ragkit.components.select.rules.threshold import threshold
from ragkit.errors import TrainedFileError, UsageError
from ragkit.trained import TrainedFile
from ragkit.types import Decision, Passages, Result


class Conformal(Component):
    """Keeps what scores at least a threshold that is calibrated so that a promise holds.

    Use it where missing something has a price that must be bounded: ``promise: recall`` keeps, in expectation, a share
    of at least ``1 - miss`` of the relevant documents; ``promise: all`` keeps all of them in a share of at least
    ``1 - miss`` of the questions. The promise is for questions like those of the training (``ragkit train selector``),
    and for their average, not for each one of them; it says nothing of tokens, and on real scores it costs about what a
    fixed k with the same recall costs. Before the training it keeps everything, and says so.

    Cost: O(n) on the scores, no model. Scores: the one that the training read. Shape: n ranked passages in, those at or
    above the threshold out.

    Source: split conformal prediction (Vovk et al. 2005; arXiv 2107.07511, Section 1); conformal risk control
    (arXiv 2208.02814, equation 4).

    Errors: a trained file of another component; a promise that the questions of the training cannot support: too few of
    them, or relevant documents that were not in the list; a passage without the score.

    YAML::

        steps:
          candidates: {use: retrieve.hybrid, k: 50}
          evidence: {use: select.conformal, passages: candidates, state: trained/papers-conformal.json, miss: 0.05}
        output: evidence

    Python::

        from ragkit.components.select.conformal import Conformal

        assert Conformal.Params.model_fields["promise"].default == "recall"
    """

    class Params(Limits):
        """Parameters of ``select.conformal``."""

        state: TrainedFile = Field(description="the trained file, relative to this pipeline; 'ragkit train selector'")
        miss: Annotated[float, BINDABLE] = Field(0.1, gt=0, lt=1, description="the share that may be missing")
        promise: Literal["recall", "all"] = Field(
            "recall", description="'recall': of documents, in expectation; 'all': of questions that miss any"
        )

    passthrough = "passages"
    trained_by = "selector"

    def __init__(self, params: Params, scope: Any = None) -> None:
        super().__init__(params, scope)
        self.params = params
        self._score: str | None = None
        self._questions: list[list[float | None]] = []

    @classmethod
    def check(cls, params: Any) -> str | None:
        """``minimum`` is not above ``maximum``."""
        return check_limits(params)

    def warm_up(self) -> None:
        """Reads the trained file and sees that it supports the promise."""
        file = self.params.state
        if not file.trained:
            return
        state = file.read("select.conformal").state
        score, questions = state.get("score"), state.get("questions")
        if not isinstance(score, str) or not isinstance(questions, list) or not all(map(_is_scores, questions)):
            raise TrainedFileError(f"the trained file {str(file.path)!r} is damaged: it has no score and no questions")
        if self.params.score not in (None, score):
            raise TrainedFileError(
                f"the trained file {str(file.path)!r} is for the score {score!r}, not for {self.params.score!r}"
            )
        self._score, self._questions = score, questions
        self._threshold()

    def run(self, passages: Passages) -> Result[Passages]:
        """Cuts the list."""
        if self._score is None:
            if self.params.state.trained:
                self.warm_up()
                return self.run(passages)
            count = len(passages)
            why = f"kept {count} of {count}: not trained yet ('ragkit train selector')"
            return Result(passages, Decision("select", why, kept=count, of=count), (why,))
        at_least = self._threshold()
        limits = Limits(**{**{name: getattr(self.params, name) for name in Limits.model_fields}, "score": self._score})
        found = select(passages, limits, lambda scores: threshold(scores, at_least=at_least))
        decision = found.decision
        if decision is None or not passages:
            return found
        p = self.params
        share = f"{1 - p.miss:.0%}"
        promise = (
            f"at least {share} of the relevant documents are kept on average"
            if p.promise == "recall"
            else f"at least {share} of the questions keep every relevant document"
        )
        reason = f"{decision.reason}, so that {promise} (calibrated on {len(self._questions)} questions)"
        told = Decision(
            "select", reason, decision.kept, decision.of, score=decision.score, threshold=decision.threshold,
            details={**decision.details, "miss": p.miss, "promise": p.promise, "questions": len(self._questions)},
        )  # fmt: skip
        return Result(found.value, told, found.warnings)

    def _threshold(self) -> float:
        p = self.params
        rule = recall_threshold if p.promise == "recall" else all_gold_threshold
        found = rule(self._questions, p.miss)
        if found is None:
            n = len(self._questions)
            least = lowest_miss(self._questions, p.promise)
            raise UsageError(
                f"the {n} questions of the training cannot promise a miss of {p.miss:g}",
                hint=f"the least that they can is {least:.3f}; more questions, or more candidates, lower it",
            )
        return found


def lowest_miss(questions: list[list[float | None]], promise: Literal["recall", "all"]) -> float:
    """The smallest share that can be promised: what is not in the lists at all, and one question more."""
    n = len(questions)
    if promise == "all":
        return (1 + sum(None in scores for scores in questions)) / (n + 1)
    lost = sum(sum(score is None for score in scores) / len(scores) for scores in questions)
    return (lost + 1) / (n + 1)


def _is_scores(row: Any) -> bool:
    return isinstance(row, list) and bool(row) and all(v is None or type(v) in (int, float) for v in row)
