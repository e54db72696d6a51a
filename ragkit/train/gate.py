"""``ragkit train gate``: from which uncertainty it pays to retrieve, and how likely retrieval is needed then."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ragkit.components.gate._deciding import FEATURE, NEEDED, chance_needed
from ragkit.components.logistic import Logistic
from ragkit.errors import UsageError
from ragkit.evaluate.decisions import retrieval_needed, roc_auc
from ragkit.evaluate.intervals import mean_interval
from ragkit.evaluate.progress import Progress
from ragkit.evaluate.seen import digest_of
from ragkit.train.anchoring import reanchored
from ragkit.train.examples import Example, Lesson
from ragkit.train.fitting import calibration_error, fit, folds
from ragkit.train.outcomes import run_ways
from ragkit.train.session import Fitted
from ragkit.train.thresholds import Case, Threshold, sweep

FEWEST = 5
PRICE = 0.05
"""What retrieving costs, in parts of a right answer, so that of two thresholds that answer alike the lazier wins."""
_NEVER, _ALWAYS = "never", "always"
_HIGHEST = 1e300
"""A threshold that no uncertainty reaches."""
_STRENGTH = 1.0
_RATES = tuple(tenths / 10 for tenths in range(11))


@dataclass(frozen=True, slots=True)
class Measured:
    """One question, what the gate measured, and what became of it.

    Attributes:
        uncertainty: On the scale of the method.
        needed: Whether retrieval was needed; None where it changed nothing or is not known.
        right: Whether the answer is right without retrieval and with; None where no answers were made.
        calls: LM requests without retrieval and with.
        question: Its text.
    """

    uncertainty: float
    needed: bool | None
    right: tuple[float, float] | None
    calls: tuple[float, float]
    question: str = ""

    def case(self, price: float) -> Case:
        """What deciding either way is worth: right answers, else right decisions."""
        if self.right is not None:
            return Case(self.uncertainty, self.right[1] - price, self.right[0])
        return Case(self.uncertainty, float(self.needed is True), float(self.needed is False))


def by_answers(
    lesson: Lesson, examples: Sequence[Example], progress: Callable[[Progress], None] | None = None
) -> tuple[list[Measured], int]:
    """Runs the whole pipeline without retrieval and with; needed is retrieval where only with it the answer is right.

    Args:
        lesson: The pipeline and its gate.
        examples: The questions, with what the gate measured.
        progress: Is told which branch runs, and how many questions have run through it.

    Returns:
        The questions, and how many were left out because nobody can tell whether an answer to them is right.

    Raises:
        UsageError: The gate stands inside a flow.
    """
    questions = [example.question for example in examples]
    ways: dict[str, dict[str, Any]] = {_NEVER: {"threshold": _HIGHEST}, _ALWAYS: {}}
    outcomes = run_ways(lesson, ways, questions, progress)
    without, with_it = outcomes.right(_NEVER), outcomes.right(_ALWAYS)
    found, left_out = [], 0
    for place, example in enumerate(examples):
        right = (without[place], with_it[place])
        if right[0] is None or right[1] is None:
            left_out += 1
            continue
        needed = False if right[0] else (True if right[1] else None)
        text = example.question.question
        calls = tuple(float(outcomes.metrics[way][place]["lm_calls"] or 0) for way in (_NEVER, _ALWAYS))
        uncertainty = float(example.outputs["uncertainty"])
        found.append(Measured(uncertainty, needed, (float(right[0]), float(right[1])), (calls[0], calls[1]), text))
    return found, left_out


def by_data(examples: Sequence[Example]) -> tuple[list[Measured], int]:
    """Takes from the questions whether retrieval is needed: ``retrieval_needed``, else the kind (``none`` needs none).

    Returns:
        The questions, and how many were left out because they say neither.
    """
    found, left_out = [], 0
    for example in examples:
        needed = retrieval_needed({"extra": example.question.extra, "kind": example.question.kind})
        if needed is None:
            left_out += 1
        else:
            calls = float(example.lm_calls)
            found.append(
                Measured(float(example.outputs["uncertainty"]), needed, None, (calls, calls), example.question.question)
            )
    return found, left_out


def fit_gate(
    measured: Sequence[Measured],
    conditions: Mapping[str, Any],
    *,
    left_out: int = 0,
    price: float = PRICE,
    count: int = 2,
    repeats: int = 20,
    seed: int = 0,
) -> Fitted:
    """Fits the threshold and the calibration of a gate.

    The threshold is DSPy's ReAnchor's where there is one, else that of a sweep by the same rule. Figures are those of
    repeated cross-validation with the sweep: every question is decided by a threshold from the other parts. ROC-AUC
    and the curve need no threshold and are over all questions.

    Args:
        measured: The questions.
        conditions: What the uncertainty hangs on, as the component says.
        left_out: How many questions nothing is known of, for the report.
        price: What retrieving costs, in parts of a right answer; counts where there are answers.
        count: Parts of the cross-validation.
        repeats: How often the parts are drawn.
        seed: What they are drawn from.

    Raises:
        UsageError: Fewer than five questions needed retrieval, or fewer than five needed none.
    """
    import numpy as np

    known = [one for one in measured if one.needed is not None]
    needing = sum(one.needed is True for one in known)
    if min(needing, len(known) - needing) < FEWEST:
        raise UsageError(
            f"a gate learns from at least {FEWEST} questions that need retrieval and {FEWEST} that need none; "
            f"there are {needing} and {len(known) - needing}, "
            f"and {left_out + len(measured) - len(known)} of which it is not known",
            hint="give it more questions with answers, or other labels: --labels",
        )
    retrieve, chances = held_out(measured, price=price, count=count, repeats=repeats, seed=seed)
    cases = [one.case(price) for one in measured]
    uncertainties = np.array([one.uncertainty for one in measured])
    own = sweep(cases, seed=seed)
    found = reanchored(cases) or own
    calibration = _calibrated(known)
    assert calibration is not None
    truth = np.array([one.needed is True for one in measured])
    told = ~np.isnan(chances) & np.array([one.needed is not None for one in measured])
    outcomes = np.broadcast_to(truth, chances.shape)[told].astype(float)
    report = {
        **conditions,
        "questions": len(measured),
        "needed": needing,
        "not_needed": len(known) - needing,
        "no_difference": len(measured) - len(known),
        "left_out": left_out,
        "labels": "data" if measured[0].right is None else "answers",
        "price": price if measured[0].right is not None else None,
        "parts": count,
        "repeats": repeats,
        "seed": seed,
        "roc_auc": roc_auc([one.needed is True for one in known], [one.uncertainty for one in known]),
        "threshold": {
            "value": found.value, "by": found.by, "sweep": own.value,
            "agree": bool((_decided(found, uncertainties) == _decided(own, uncertainties)).all()),
        },
        "held_out": _decisions(measured, retrieve),
        "calibration_error": calibration_error(chances[told], outcomes),
        "policies": _policies(measured, retrieve),
        "curve": _curve(measured),
    }  # fmt: skip
    state = {**conditions, "threshold": found.value, "calibration": calibration.as_state()}
    return Fitted(state, report)


def held_out(
    measured: Sequence[Measured], *, price: float = PRICE, count: int = 2, repeats: int = 20, seed: int = 0
) -> tuple[Any, Any]:
    """What a gate decides of each question by a threshold from the other parts, and how likely it held retrieval for.

    Args:
        measured: The questions, n of them.
        price: What retrieving costs, in parts of a right answer.
        count: Parts of the cross-validation.
        repeats: How often the parts are drawn.
        seed: What they are drawn from.

    Returns:
        Whether it retrieves, and the probability that retrieval is needed (NaN where nothing could be learned), both of
        shape (repeats, n).
    """
    import numpy as np

    cases = [one.case(price) for one in measured]
    uncertainties = np.array([one.uncertainty for one in measured])
    same = [digest_of(one.question) if one.question else place for place, one in enumerate(measured)]
    retrieve = np.zeros((repeats, len(measured)), dtype=bool)
    chances = np.full((repeats, len(measured)), np.nan)
    for repeat in range(repeats):
        for seen, unseen in folds(len(measured), count, seed + repeat, same=same):
            threshold = sweep([cases[place] for place in seen], seed=seed)
            retrieve[repeat, unseen] = _decided(threshold, uncertainties[unseen])
            calibration = _calibrated([measured[place] for place in seen])
            if calibration is not None:
                chances[repeat, unseen] = [chance_needed(calibration, value) for value in uncertainties[unseen]]
    return retrieve, chances


def _decided(threshold: Threshold, uncertainties: Any) -> Any:
    import numpy as np

    if threshold.value is None:
        return np.ones(len(uncertainties), dtype=bool)
    return uncertainties >= threshold.value


def _calibrated(measured: Sequence[Measured]) -> Logistic | None:
    """The probability that retrieval is needed, from the uncertainty; None where all or none needed it."""
    import numpy as np

    known = [one for one in measured if one.needed is not None]
    if len({one.needed for one in known}) < 2:
        return None
    rows = np.array([[one.uncertainty] for one in known])
    return fit(rows, [NEEDED[one.needed is True] for one in known], (FEATURE,), strength=_STRENGTH)


def _decisions(measured: Sequence[Measured], retrieve: Any) -> dict[str, Any]:
    """Accuracy and the two ways to be wrong, as shares of the questions whose label is known."""
    import numpy as np

    known = [place for place, one in enumerate(measured) if one.needed is not None]
    truth = np.array([measured[place].needed is True for place in known])
    said = retrieve[:, known]
    shares = {
        "accuracy": said == truth, "overconfidence": ~said & truth, "underconfidence": said & ~truth, "rate": said,
    }  # fmt: skip
    return {name: mean_interval(values.mean(axis=0).tolist()).as_dict() for name, values in shares.items()}


def _policies(measured: Sequence[Measured], retrieve: Any) -> list[dict[str, Any]]:
    """What never retrieving, the gate on questions held out, always retrieving, and an oracle come to."""
    import numpy as np

    n = len(measured)
    needed = np.array([[one.needed is True for one in measured]])
    ways = {
        "never": np.zeros((1, n), dtype=bool), "gate": retrieve, "always": np.ones((1, n), dtype=bool),
        "oracle": needed,
    }  # fmt: skip
    calls = np.array([one.calls for one in measured])
    rows: list[dict[str, Any]] = []
    for name, said in ways.items():
        row: dict[str, Any] = {"policy": name, "rate": float(said.mean()), "right": None}
        row["lm_calls"] = float(np.where(said, calls[None, :, 1], calls[None, :, 0]).mean())
        if measured[0].right is not None:
            right = np.array([one.right for one in measured])
            worth = np.where(said, right[None, :, 1], right[None, :, 0]).mean(axis=0)
            row["right"] = mean_interval(worth.tolist()).as_dict()
        rows.append(row)
    return rows


def _curve(measured: Sequence[Measured]) -> list[dict[str, float]]:
    """Right answers when only the most uncertain share of questions retrieves, beside a share drawn at random."""
    if measured[0].right is None:
        return []
    ordered = sorted(measured, key=lambda one: -one.uncertainty)
    rights = [one.right or (0.0, 0.0) for one in ordered]
    n = len(ordered)
    without, with_it = sum(right[0] for right in rights) / n, sum(right[1] for right in rights) / n
    rows = []
    for rate in _RATES:
        cut = round(rate * n)
        right = sum(rights[place][1 if place < cut else 0] for place in range(n)) / n
        rows.append({"rate": cut / n, "right": right, "random": without + cut / n * (with_it - without)})
    return rows
