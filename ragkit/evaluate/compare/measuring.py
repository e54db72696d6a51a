"""Measures on some questions: each side's mean, and each other side's difference to the baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ragkit.evaluate.compare.batched import mean_intervals, permutation_ps
from ragkit.evaluate.compare.conditional import Values, conditional_interval, conditional_p
from ragkit.evaluate.compare.difference import Difference
from ragkit.evaluate.compare.holm import holm
from ragkit.evaluate.compare.measures import CONDITIONAL, MEASURES, QUANTILES
from ragkit.evaluate.compare.percentiles import percentile_interval
from ragkit.evaluate.compare.side import Side

if TYPE_CHECKING:
    from ragkit.evaluate.intervals import Interval

SAME = 1e-12
"""Values that differ by no more are a tie: sums in another order differ by as much."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure on the questions on which every side that has it at all has a value.

    A measure of ``CONDITIONAL`` is over each side's own questions.

    Attributes:
        levels: By label, the mean (or percentile) with its own interval; sides without the measure are missing.
        differences: By label, the difference to the baseline; missing where either has no value.
    """

    measure: str
    levels: Mapping[str, Interval]
    differences: Mapping[str, Difference]

    @property
    def n(self) -> int:
        """The number of questions."""
        return max((interval.n for interval in self.levels.values()), default=0)

    @property
    def document(self) -> dict[str, Any]:
        """The measure as plain data."""
        return {
            "direction": MEASURES[self.measure],
            "n": self.n,
            "sides": {label: level.as_dict() for label, level in self.levels.items()},
            "differences": {label: difference.document for label, difference in self.differences.items()},
        }


def measure_all(measures: Sequence[str], sides: Sequence[Side], ids: Sequence[str]) -> dict[str, Measured]:
    """Compares the sides on these questions; the first is the baseline. Measures that no side has are missing."""
    columns = {measure: _columns(measure, sides, ids) for measure in measures}
    found: dict[str, Measured] = {}
    alike: dict[tuple[Any, ...], list[str]] = {}
    for measure, having in columns.items():
        n = len(next(iter(having.values()), ()))
        if n and (measure in CONDITIONAL or measure in QUANTILES):
            found[measure] = _alone(measure, having, sides[0].label)
        elif n:
            alike.setdefault((n, *having), []).append(measure)
    for names in alike.values():
        found |= _together({name: columns[name] for name in names}, sides[0].label)
    return {measure: found[measure] for measure in measures if measure in found}


def _columns(measure: str, sides: Sequence[Side], ids: Sequence[str]) -> dict[str, list[float | None]]:
    """By label, the values of the sides that have any; but for conditional measures of the questions that all have."""
    columns = {side.label: [side.value(id, measure) for id in ids] for side in sides}
    having = {label: column for label, column in columns.items() if any(value is not None for value in column)}
    if measure in CONDITIONAL:
        return having
    whole = [index for index in range(len(ids)) if all(column[index] is not None for column in having.values())]
    return {label: [column[index] for index in whole] for label, column in having.items()}


def _together(columns: Mapping[str, Mapping[str, Values]], baseline: str) -> dict[str, Measured]:
    """Measures that are means over as many questions, on the same sides."""
    import numpy as np

    labels = list(next(iter(columns.values())))
    values = np.array([[having[label] for label in labels] for having in columns.values()], dtype=np.float64)
    levels = [mean_intervals(values[:, index].T) for index in range(len(labels))]
    found = {
        measure: Measured(measure, {label: level[row] for label, level in zip(labels, levels, strict=True)}, {})
        for row, measure in enumerate(columns)
    }
    if baseline not in labels:
        return found
    differences: dict[str, dict[str, Difference]] = {measure: {} for measure in columns}
    for index, label in enumerate(labels):
        if label == baseline:
            continue
        moved = values[:, index] - values[:, labels.index(baseline)]
        tested = zip(columns, moved, mean_intervals(moved.T), permutation_ps(moved.T), strict=True)
        for measure, gains, interval, p in tested:
            differences[measure][label] = _difference(measure, interval, p, gains.tolist())
    return {measure: replace(one, differences=_corrected(differences[measure])) for measure, one in found.items()}


def _alone(measure: str, columns: Mapping[str, Values], baseline: str) -> Measured:
    """A measure that is no mean over the same questions: a percentile, or one over questions of each side's own."""
    from ragkit.evaluate.intervals import mean_interval, quantile_interval

    at = QUANTILES.get(measure)
    levels = {
        label: mean_interval(column) if at is None else quantile_interval(column, at)
        for label, column in columns.items()
    }
    found: dict[str, Difference] = {}
    for label, column in columns.items() if baseline in columns else ():
        if label == baseline:
            continue
        if at is not None:
            found[label] = _difference(measure, percentile_interval(columns[baseline], column, at), None, None)
            continue
        interval, p = conditional_interval(columns[baseline], column), conditional_p(columns[baseline], column)
        found[label] = _difference(measure, interval, p, None)
    return Measured(measure, levels, _corrected(found))


def _difference(measure: str, found: Interval, p: float | None, moved: Sequence[float] | None) -> Difference:
    direction = MEASURES[measure]
    whole = Difference(direction, found.mean, found.low, found.high, found.n, p)
    if moved is None:
        return whole
    up, down = sum(value > SAME for value in moved), sum(value < -SAME for value in moved)
    wins, losses = (up, down) if direction == "higher" else (down, up)
    return replace(whole, wins=wins, losses=losses, ties=len(moved) - up - down)


def _corrected(differences: Mapping[str, Difference]) -> dict[str, Difference]:
    tested = {label: difference.p for label, difference in differences.items() if difference.p is not None}
    adjusted = dict(zip(tested, holm(list(tested.values())), strict=True))
    return {label: replace(difference, p_holm=adjusted.get(label)) for label, difference in differences.items()}
