"""``ragkit eval --fail-if``: conditions on what was measured, which fail an evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ragkit.errors import UsageError
from ragkit.evaluate.compare.gate import Gate
from ragkit.spec.written.objectives import METRICS


def read_limits(given: Sequence[str]) -> list[Gate]:
    """Reads conditions: ``recall@10 < 0.9``; ``low(…)`` and ``high(…)`` look at the ends of the interval.

    Raises:
        UsageError: One is not of that form, or names a metric that an evaluation does not have.
    """
    gates = [Gate.parse(text) for text in given]
    for gate in gates:
        if gate.constraint.metric not in METRICS:
            raise UsageError(f"--fail-if {str(gate)!r}: an evaluation has no metric {gate.constraint.metric!r}")
    return gates


def broken(gates: Sequence[Gate], metrics: Mapping[str, Any]) -> list[str]:
    """The conditions that hold, each with the number that it holds for.

    Args:
        gates: The conditions.
        metrics: The ``metrics`` of a report.

    Raises:
        UsageError: A condition is about a number that is not known.
    """
    values = [(gate, metrics[gate.constraint.metric][gate.bound]) for gate in gates]
    unknown = [str(gate) for gate, value in values if value is None]
    if unknown:
        raise UsageError(
            f"--fail-if cannot be judged, for the number is not known: {'; '.join(unknown)}",
            hint="no question has the metric; seconds need --single",
        )
    return [f"{gate} (it is {value:.4g})" for gate, value in values if gate.constraint.holds(value)]
