"""Where a gate should retrieve from: the threshold under which answers are worth most.

A threshold anywhere between two neighbouring uncertainties decides in the same way, so those between them are all there
are; of equal ones the one in the widest gap wins. It is kept only where it beats retrieving always on questions that it
was not chosen on, in five parts of the questions: else what looks like a gain is an accident of a few. DSPy's ReAnchor
works by the same rule, on a ``dspy`` program; it fits what is shipped where it is there (``ragkit.train.anchoring``),
and the sweep here measures on questions held out, where ReAnchor would take minutes, and stands in for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ragkit.train.fitting import folds

PARTS = 5


@dataclass(frozen=True, slots=True)
class Case:
    """One question to a gate.

    Attributes:
        uncertainty: What the gate measured.
        retrieved: What its answer is worth with retrieval, the price of retrieving taken off.
        kept: What it is worth without.
    """

    uncertainty: float
    retrieved: float
    kept: float


@dataclass(frozen=True, slots=True)
class Threshold:
    """What was found.

    Attributes:
        value: Retrieve from this uncertainty up; None: always.
        worth: The mean worth of the answers it was found on.
        by: What found it.
    """

    value: float | None
    worth: float
    by: str


def sweep(cases: Sequence[Case], *, seed: int = 0) -> Threshold:
    """The threshold whose decisions are worth most, where that holds on questions it was not chosen on.

    Args:
        cases: At least one.
        seed: What the parts are drawn from.
    """
    import numpy as np

    cuts, widths = candidates([case.uncertainty for case in cases])
    always = np.array([case.retrieved for case in cases])
    measured = np.array([case.uncertainty for case in cases])
    kept = np.array([case.kept for case in cases])
    worths = np.where(measured[None, :] >= cuts[:, None], always[None, :], kept[None, :])
    best = _best(worths, widths, always)
    if best is None:
        return Threshold(None, float(always.mean()), "sweep")
    gained = 0.0
    for seen, unseen in folds(len(cases), PARTS, seed):
        picked = _best(worths[:, seen], widths, always[seen])
        if picked is not None:
            gained += float((worths[picked, unseen] - always[unseen]).sum())
    if gained <= 0.0:
        return Threshold(None, float(always.mean()), "sweep")
    return Threshold(float(cuts[best]), float(worths[best].mean()), "sweep")


def candidates(uncertainties: Sequence[float]) -> tuple[Any, Any]:
    """Thresholds that decide differently, ascending, and the widths of the gaps they stand in.

    They stand between neighbouring values; the last, above all, never retrieves. That which always does is left out.
    """
    import numpy as np

    values = np.unique(np.asarray(uncertainties, dtype=np.float64))
    margin = margin_of(float(values[0]), float(values[-1]))
    edges = np.append(values, values[-1] + margin)
    cuts = (edges[:-1] + edges[1:]) / 2
    # Between neighbouring floats there is none; the upper one parts them too.
    return np.where(cuts > edges[:-1], cuts, edges[1:]), np.diff(edges)


def margin_of(low: float, high: float) -> float:
    """How far beyond the values seen a threshold may stand."""
    return 0.1 * (high - low) or max(abs(high), 1.0) * 0.1


def _best(worths: Any, widths: Any, always: Any) -> int | None:
    """The candidate whose decisions are worth more than retrieving always, and most; None where there is none."""
    import numpy as np

    totals = worths.sum(axis=1).round(9)
    best = int(np.lexsort((widths, totals))[-1])
    return best if totals[best] > round(float(always.sum()), 9) else None
