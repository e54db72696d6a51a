"""``select.learned``: keep what is probably relevant, at a target that was met on unseen questions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from ragkit.component import BINDABLE, Component, Parameters
from ragkit.components.logistic import Logistic
from ragkit.components.select._calibration import Calibration, Point
from ragkit.components.select._relevance import Reading, features
from ragkit.components.select._selection import Limits, check_limits, select
from ragkit.components.select.rules.threshold import threshold
from ragkit.errors import TrainedFileError
from ragkit.trained import TrainedFile
from ragkit.types import Decision, Label, Passages, Result

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_TARGETS = ("recall", "precision", "tokens", "threshold")
_STRONGEST = 5


class Learned(Component):
    """Gives each passage a probability of relevance and keeps those above the threshold that meets a target.

    Use it where you have questions with known documents: ``ragkit train selector`` fits it in seconds, without a
    language model. Cut rules that look at scores alone do not beat a fixed k at equal tokens; this one spends its
    passages on the questions that need them. The probability comes from a logistic regression over the score curve, the
    ranks under each score and their agreement, the question's words that a passage holds and that no better document
    held before, the form of the question, and a router's label where ``label`` is given.

    One target is chosen: ``recall``, ``precision`` or ``tokens`` as means over questions, met by cross-validation on
    the questions of the training, or the probability ``threshold`` itself. The list is put in the order of the
    probability, which becomes the score ``relevance``. A question keeps its best passage unless ``minimum`` is 0.
    Before the training it keeps everything, and says so.

    Cost: reads the texts, no model: a few milliseconds for 50 passages. Scores: those of the training must be there.
    Shape: n ranked passages in, those of the highest probability out.

    Source: the features of learned list truncation (Choppy, arXiv 2004.13012; BiCut, SIGIR 2019) in a linear form;
    Platt's calibration is the regression's own.

    Errors: a trained file of another component or of other features; a target that the training did not reach; a
    passage without a score that the training had.

    YAML::

        steps:
          candidates: {use: retrieve.hybrid, k: 50}
          evidence: {use: select.learned, passages: candidates, state: trained/papers-selector.json, recall: 0.97}
        output: evidence

    Python::

        from ragkit.components.select.learned import Learned

        names = set(Learned.Params.model_fields)
        assert {"state", "recall", "precision", "tokens", "threshold"} < names
    """

    class Params(Parameters):
        """Parameters of ``select.learned``."""

        state: TrainedFile = Field(description="the trained file, relative to this pipeline; 'ragkit train selector'")
        recall: Annotated[float | None, BINDABLE] = Field(
            None, gt=0, le=1, description="target: mean share of the relevant documents that are kept"
        )
        precision: Annotated[float | None, BINDABLE] = Field(
            None, gt=0, le=1, description="target: mean share of what is kept that is relevant"
        )
        tokens: Annotated[float | None, BINDABLE] = Field(
            None, gt=0, description="target: mean tokens of title and text that are kept"
        )
        threshold: Annotated[float | None, BINDABLE] = Field(
            None, ge=0, le=1, description="keep what is relevant with at least this probability"
        )
        minimum: Annotated[int, BINDABLE] = Field(1, ge=0, description="keep at least so many passages")
        maximum: Annotated[int | None, BINDABLE] = Field(None, ge=0, description="keep at most so many passages")
        max_tokens: Annotated[int | None, BINDABLE] = Field(
            None, ge=1, description="keep at most so many tokens for one question"
        )

    passthrough = "passages"
    trained_by = "selector"

    def __init__(self, params: Params, scope: Any = None) -> None:
        super().__init__(params, scope)
        self.params = params
        self._model: _Model | None = None

    @classmethod
    def check(cls, params: Any) -> str | None:
        """Exactly one target is given, and ``minimum`` is not above ``maximum``."""
        given = [name for name in _TARGETS if getattr(params, name) is not None]
        if len(given) != 1:
            found = f"{' and '.join(given)} are given" if given else "none is given"
            return f"one target is needed, one of {', '.join(_TARGETS)}; {found}"
        return check_limits(_limits(params))

    def warm_up(self) -> None:
        """Reads the trained file."""
        if self.params.state.trained:
            self._model = _Model.read(self.params.state)
            self._model.point(self.params)

    def run(self, question: str, passages: Passages, label: Label | None = None) -> Result[Passages]:
        """Cuts the list."""
        model = self._model
        if model is None:
            if self.params.state.trained:
                self.warm_up()
                return self.run(question, passages, label)
            count = len(passages)
            why = f"kept {count} of {count}: not trained yet ('ragkit train selector')"
            return Result(passages, Decision("select", why, kept=count, of=count), (why,))
        if not passages:
            return Result(passages, Decision("select", "kept 0 of 0: there was nothing to choose from", kept=0, of=0))
        point = model.point(self.params)
        rows, order, chance = model.judge(question, passages, label)
        judged = Passages(
            (passages[place].scored("relevance", float(p)) for place, p in zip(order, chance, strict=True)), "relevance"
        )
        cut = select(
            Passages(sorted(judged, key=lambda p: -p.scores["relevance"]), "relevance"),
            _limits(self.params),
            lambda scores: threshold(scores, at_least=point.threshold),
        )
        decision = cut.decision
        assert decision is not None
        reason = f"{decision.reason}{model.because(self.params, point)}"
        details = {**decision.details, "calibration": {"recall": point.recall, "precision": point.precision,
                   "tokens": point.tokens, "questions": model.calibration.questions},
                   "best": model.why(rows, order, chance, passages)}  # fmt: skip
        warnings = cut.warnings
        if model.reading.labels and label is None:
            warnings = (*warnings, "it was trained with a router's label, and 'label' is not given here")
        decided = Decision(
            "select", reason, decision.kept, decision.of, score=decision.score, threshold=decision.threshold,
            details=details,
        )  # fmt: skip
        return Result(cut.value, decided, warnings)


class _Model:
    """What a trained file holds: which scores are read, the regression, and the curve of its thresholds."""

    def __init__(self, reading: Reading, first: Logistic, further: Logistic | None, calibration: Calibration) -> None:
        self.reading = reading
        self.first = first
        self.further = further
        self.calibration = calibration

    @classmethod
    def read(cls, file: TrainedFile) -> _Model:
        state = file.read("select.learned").state
        where = f"the trained file {str(file.path)!r}"
        try:
            reading = Reading(tuple(map(str, state["scores"])), tuple(map(str, state["labels"])))
            first, further, calibration = state["first"], state["further"], state["calibration"]
        except (KeyError, TypeError) as error:
            raise TrainedFileError(f"{where} is damaged: {error} is missing") from error
        return cls(
            reading,
            Logistic.from_state(first, reading.names, where),
            None if further is None else Logistic.from_state(further, reading.names, where),
            Calibration.from_state(calibration, where),
        )

    def point(self, params: Any) -> Point:
        """The point of the curve that meets the target."""
        if params.recall is not None:
            return self.calibration.at_recall(params.recall)
        if params.precision is not None:
            return self.calibration.at_precision(params.precision)
        if params.tokens is not None:
            return self.calibration.at_tokens(params.tokens)
        found = [point for point in self.calibration.points if point.threshold >= params.threshold]
        near = found[-1] if found else self.calibration.points[0]
        return Point(params.threshold, near.recall, near.precision, near.tokens, near.kept)

    def judge(
        self, question: str, passages: Passages, label: str | None
    ) -> tuple[npt.NDArray[np.float64], list[int], npt.NDArray[np.float64]]:
        """The features, the place of each row in the list, and the probability of relevance of each."""
        found = features(question, passages, label, self.reading)
        return found.rows, found.order, relevance(self.first, self.further, found.rows, found.first)

    def because(self, params: Any, point: Point) -> str:
        """The target and where it was met, for the reason."""
        name = next(name for name in _TARGETS if getattr(params, name) is not None)
        n = self.calibration.questions
        found = f"recall {point.recall:.3f}, {point.kept:.1f} passages and {point.tokens:.0f} tokens a question"
        if name == "threshold":
            return f"; on the {n} questions of the training this gave {found}"
        return f", which gave {found} on the {n} questions of the training, for {name} {getattr(params, name):g}"

    def why(self, rows: Any, order: list[int], chance: Any, passages: Passages) -> list[dict[str, Any]]:
        """What spoke for the most probable passage, strongest first."""
        place = int(chance.argmax())
        strongest = self.first.contributions(rows[place], "relevant")[:_STRONGEST]
        return [{"passage": passages[order[place]].id, **{name: round(value, 3) for name, value in strongest}}]


def relevance(first: Logistic, further: Logistic | None, rows: Any, is_first: Any) -> npt.NDArray[np.float64]:
    """The probability of relevance of each row; further passages of a document have a regression of their own.

    Without one, for want of examples, a further passage is never as probable as the threshold of any target: 0.
    """
    import numpy as np

    chance = np.zeros(len(rows))
    chance[is_first] = first.probabilities(rows[is_first])[:, 1]
    if further is not None and not is_first.all():
        chance[~is_first] = further.probabilities(rows[~is_first])[:, 1]
    return chance


def _limits(params: Any) -> Limits:
    return Limits(score=None, minimum=params.minimum, maximum=params.maximum, max_tokens=params.max_tokens)
