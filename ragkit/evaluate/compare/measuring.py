"""One measure on some questions: each side's mean, and each other side's difference to the baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ragkit.evaluate.compare.difference import Difference
from ragkit.evaluate.compare.holm import holm
from ragkit.evaluate.compare.measures import MEASURES, QUANTILES
from ragkit.evaluate.compare.percentiles import percentile_interval
from ragkit.evaluate.compare.side import Side

if TYPE_CHECKING:
    from ragkit.evaluate.intervals import Interval

SAME = 1e-12
"""Values that differ by no more are a tie: sums in another order differ by as much."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure on the questions on which every side that has it at all has a value.

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
            "sides": {
                label: {"mean": level.mean, "low": level.low, "high": level.high}
                for label, level in self.levels.items()
            },
            "differences": {label: difference.document for label, difference in self.differences.items()},
        }


def measured(measure: str, sides: Sequence[Side], ids: Sequence[str]) -> Measured:
    """Compares the sides in one measure; the first is the baseline."""
    from ragkit.evaluate.intervals import mean_interval, quantile_interval

    columns = {side.label: [side.value(id, measure) for id in ids] for side in sides}
    having = {label: column for label, column in columns.items() if any(value is not None for value in column)}
    whole = [index for index in range(len(ids)) if all(column[index] is not None for column in having.values())]
    values = {label: [float(column[index]) for index in whole] for label, column in having.items()}  # type: ignore[arg-type]
    if not whole:
        return Measured(measure, {}, {})
    at = QUANTILES.get(measure)
    levels = {
        label: mean_interval(column) if at is None else quantile_interval(column, at)
        for label, column in values.items()
    }
    baseline = values.pop(sides[0].label, None)
    if baseline is None:
        return Measured(measure, levels, {})
    differences = {label: _difference(measure, baseline, column) for label, column in values.items()}
    return Measured(measure, levels, _corrected(differences))


def _difference(measure: str, baseline: Sequence[float], column: Sequence[float]) -> Difference:
    from ragkit.evaluate.intervals import differences, paired_interval, permutation_p

    direction = MEASURES[measure]
    at = QUANTILES.get(measure)
    if at is not None:
        found = percentile_interval(baseline, column, at)
        return Difference(found.mean, found.low, found.high, found.n, direction=direction)
    found = paired_interval(baseline, column)
    sign = 1 if direction == "higher" else -1
    gains = [sign * difference for difference in differences(baseline, column) if difference is not None]
    return Difference(
        found.mean, found.low, found.high, found.n, permutation_p(baseline, column),
        wins=sum(gain > SAME for gain in gains), losses=sum(gain < -SAME for gain in gains),
        ties=sum(abs(gain) <= SAME for gain in gains), direction=direction,
    )  # fmt: skip


def _corrected(differences: Mapping[str, Difference]) -> dict[str, Difference]:
    tested = {label: difference.p for label, difference in differences.items() if difference.p is not None}
    adjusted = dict(zip(tested, holm(list(tested.values())), strict=True))
    return {label: replace(difference, p_holm=adjusted.get(label)) for label, difference in differences.items()}
