"""Two or more sides on the same questions: what differs, how surely, at what cost, and on which questions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ragkit.errors import UsageError
from ragkit.evaluate.compare.alignment import Alignment, align
from ragkit.evaluate.compare.conditions import condition_warnings
from ragkit.evaluate.compare.difference import LEVEL
from ragkit.evaluate.compare.flips import Flip, flips
from ragkit.evaluate.compare.measures import MEASURES, QUANTILES
from ragkit.evaluate.compare.measuring import Measured, measure_all
from ragkit.evaluate.compare.outcome import NOT_JUDGED, RIGHT
from ragkit.evaluate.compare.side import Side

NO_KIND = "unlabelled"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Sides on the same questions; the first side is the baseline.

    Attributes:
        sides: The baseline, then the others.
        alignment: The questions that all have, and those that are left out.
        measures: By name, in the order of ``MEASURES``; those that no side has are missing.
        by_kind: The same for the questions of each kind.
        states: By label, how many questions ended ``right``, with each cause, or with an ``error``.
        flips: By label, the questions that the side wins from or loses to the baseline.
        warnings: What a reader must know before believing a number.
    """

    sides: tuple[Side, ...]
    alignment: Alignment
    measures: Mapping[str, Measured]
    by_kind: Mapping[str, Mapping[str, Measured]]
    states: Mapping[str, Counter[str]]
    flips: Mapping[str, tuple[Flip, ...]]
    warnings: tuple[str, ...]

    @property
    def baseline(self) -> Side:
        """The side that the others are held against."""
        return self.sides[0]

    @property
    def others(self) -> tuple[Side, ...]:
        """The sides that are held against the baseline."""
        return self.sides[1:]

    @property
    def n(self) -> int:
        """The number of questions that are compared."""
        return len(self.alignment.ids)

    @property
    def causes(self) -> tuple[str, ...]:
        """Every way in which a question failed on some side, the most frequent first."""
        total: Counter[str] = Counter()
        for counts in self.states.values():
            total.update({state: number for state, number in counts.items() if state not in (RIGHT, NOT_JUDGED)})
        return tuple(state for state, _ in total.most_common())

    @property
    def endings(self) -> tuple[str, ...]:
        """Every way in which a question ended: right, the causes of failure, not judged."""
        judged = any(counts[NOT_JUDGED] for counts in self.states.values())
        return (RIGHT, *self.causes, *((NOT_JUDGED,) if judged else ()))

    @property
    def kinds(self) -> dict[str, int]:
        """The number of questions of each kind."""
        return dict(Counter(self.baseline.outcomes[id].kind or NO_KIND for id in self.alignment.ids))

    @property
    def method(self) -> dict[str, Any]:
        """How intervals and p-values were made, as every report says it."""
        from ragkit.evaluate.intervals import PERMUTATIONS, RESAMPLES

        return {
            "interval": f"95 %, paired percentile bootstrap over questions, {RESAMPLES} resamples, seed 0",
            "test": f"paired permutation test, two-sided, exact or {PERMUTATIONS} permutations, seed 0",
            "correction": f"Holm over the {len(self.others)} comparisons with the baseline, in each metric"
            if len(self.others) > 1
            else None,
            "level": LEVEL,
        }

    @property
    def document(self) -> dict[str, Any]:
        """The comparison as plain data, ready for JSON."""
        return {
            "n": self.n,
            "baseline": self.baseline.label,
            "sides": [
                {
                    "label": side.label,
                    "source": side.source,
                    "questions": len(side.outcomes),
                    "left_out": list(self.alignment.left_out[side.label]),
                    "errors": self.states[side.label]["error"],
                    "conditions": dict(side.card),
                }
                for side in self.sides
            ],
            "metrics": {name: found.document for name, found in self.measures.items()},
            "by_kind": {
                kind: {
                    "n": self.kinds[kind],
                    "metrics": {name: one.document for name, one in found.items()},
                }
                for kind, found in self.by_kind.items()
            },
            "causes": {cause: {label: counts[cause] for label, counts in self.states.items()} for cause in self.causes},
            "flips": {label: [flip.document for flip in found] for label, found in self.flips.items()},
            "warnings": list(self.warnings),
            "method": self.method,
        }


def compare(
    sides: Sequence[Side], *, measures: Sequence[str] | None = None, wanted: Sequence[str] | None = None
) -> Comparison:
    """Compares sides; the first is the baseline.

    Args:
        sides: Two or more, with different labels.
        measures: Names to compare; all that a side has by default.
        wanted: Ids of the questions that were asked for; those that no side has are told.

    Raises:
        UsageError: Fewer than two sides, no question in common, or one id with two meanings.
    """
    if len(sides) < 2:
        raise UsageError("a comparison needs two sides or more")
    alignment = align(sides)
    names = list(MEASURES if measures is None else measures)
    kinds: dict[str, list[str]] = {}
    for id in alignment.ids:
        kinds.setdefault(sides[0].outcomes[id].kind or NO_KIND, []).append(id)
    return Comparison(
        sides=tuple(sides),
        alignment=alignment,
        measures=measure_all(names, sides, alignment.ids),
        by_kind={
            kind: measure_all([name for name in names if name not in QUANTILES], sides, ids)
            for kind, ids in sorted(kinds.items())
        },
        states={side.label: Counter(side.outcomes[id].state for id in alignment.ids) for side in sides},
        flips={side.label: flips(sides[0], side, alignment.ids) for side in sides[1:]},
        warnings=tuple(condition_warnings(sides, alignment, wanted or ())),
    )
