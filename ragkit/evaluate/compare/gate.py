"""``--fail-if``: a condition on the difference to the baseline that fails a comparison."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from ragkit.errors import UsageError
from ragkit.evaluate.compare.comparison import Comparison
from ragkit.evaluate.compare.measures import check_names
from ragkit.spec.written.constraint import Constraint

Bound = Literal["mean", "low", "high"]
_BOUND = re.compile(r"\s*(low|high)\s*\(([^()]*)\)(.*)", re.DOTALL)
_EXAMPLE = '--fail-if "recall@10 < -0.02"'


@dataclass(frozen=True, slots=True)
class Gate:
    """A condition that must not hold for any side.

    ``recall@10 < -0.02`` looks at the mean difference to the baseline; ``low(…)`` and ``high(…)`` look at the ends of
    its 95 % interval, so that ``high(recall@10) < 0`` fails only on a loss that is one.
    """

    bound: Bound
    constraint: Constraint

    @classmethod
    def parse(cls, text: str) -> Gate:
        """Reads ``metric operator number`` or ``low(metric) operator number``.

        Raises:
            UsageError: The text is not of that form, or names an unknown metric.
        """
        found = _BOUND.fullmatch(text)
        bound, rest = (found[1], f"{found[2]} {found[3]}") if found else ("mean", text)
        constraint = Constraint.parse(rest)
        if constraint is None or not math.isfinite(constraint.limit):
            raise UsageError(
                f"--fail-if {text!r} is not METRIC OPERATOR NUMBER; the operators are <, <=, >, >=, and a metric may "
                "stand in low(…) or high(…)",
                hint=_EXAMPLE,
            )
        check_names([constraint.metric])
        return cls(cast("Bound", bound), constraint)

    def __str__(self) -> str:
        metric = self.constraint.metric if self.bound == "mean" else f"{self.bound}({self.constraint.metric})"
        return f"{metric} {self.constraint.operator} {self.constraint.limit:g}"


@dataclass(frozen=True, slots=True)
class Judged:
    """A gate and one side. ``value`` is None where the difference, or that end of its interval, is not known."""

    gate: Gate
    label: str
    value: float | None
    n: int

    @property
    def failed(self) -> bool | None:
        """Whether the condition holds, which fails the comparison; None where that cannot be said."""
        return None if self.value is None else self.gate.constraint.holds(self.value)

    @property
    def document(self) -> dict[str, Any]:
        """The judgement as plain data."""
        return {"fail_if": str(self.gate), "side": self.label, "value": self.value, "n": self.n, "failed": self.failed}


def judge(gates: Sequence[Gate], comparison: Comparison) -> Iterator[Judged]:
    """Holds every gate against every side but the baseline."""
    for gate in gates:
        found = comparison.measures.get(gate.constraint.metric)
        for side in comparison.others:
            difference = None if found is None else found.differences.get(side.label)
            value = None if difference is None else getattr(difference, gate.bound)
            yield Judged(gate, side.label, value, 0 if difference is None else difference.n)
