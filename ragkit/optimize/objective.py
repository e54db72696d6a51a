"""What is searched for: a metric to raise, what it may cost, and where the limits are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ragkit.errors import UsageError, did_you_mean
from ragkit.evaluate.row import Row
from ragkit.spec.plan import Plan
from ragkit.spec.written.constraint import OPERATORS, Operator
from ragkit.spec.written.objectives import METRICS

_TIMED = ("p50_seconds", "p95_seconds")
Limit = tuple[str, Operator, float]


@dataclass(frozen=True, slots=True)
class Objective:
    """A metric to raise, less penalties, within limits; all of them means over questions.

    Attributes:
        maximize: The metric.
        subject_to: ``(metric, operator, limit)``.
        penalties: What a unit of a metric takes from the value.
    """

    maximize: str
    subject_to: tuple[Limit, ...] = ()
    penalties: Mapping[str, float] = field(default_factory=dict)

    def value(self, rows: Sequence[Row]) -> float | None:
        """The mean over the questions that have the metric, less penalties; None where none has it."""
        mean = mean_of(rows, self.maximize)
        if mean is None:
            return None
        return mean - sum(weight * (mean_of(rows, name) or 0.0) for name, weight in self.penalties.items())

    def of_question(self, row: Row) -> float | None:
        """The value of one question; None where it has not the metric."""
        value = row["metrics"].get(self.maximize)
        if value is None:
            return None
        cost = sum(weight * (row["metrics"].get(name) or 0.0) for name, weight in self.penalties.items())
        return float(value) - cost

    def excesses(self, rows: Sequence[Row]) -> list[float]:
        """For each limit by how much it is broken: at most 0 where it is kept, as Optuna wants constraints.

        A metric that is not known breaks its limit: what cannot be shown is not kept.
        """
        found = []
        for name, sign, limit in self.subject_to:
            mean = mean_of(rows, name)
            if mean is None:
                found.append(float("inf"))
            elif OPERATORS[sign](mean, limit):
                found.append(-abs(mean - limit))
            else:
                found.append(abs(mean - limit) or 1e-12)
        return found

    def __str__(self) -> str:
        text = f"maximize {self.maximize}"
        text += "".join(f" - {weight:g} x {name}" for name, weight in self.penalties.items())
        limits = ", ".join(f"{name} {sign} {limit:g}" for name, sign, limit in self.subject_to)
        return f"{text} subject to {limits}" if limits else text


def objective_of(plan: Plan, maximize: str | None, subject_to: Sequence[Limit]) -> Objective:
    """The objective of a pipeline's file, or of the command line, which wins over it.

    Raises:
        UsageError: There is none, a metric is not known, or it is not one that can be raised.
    """
    written: Mapping[str, Any] = plan.objective or {}
    name = maximize or written.get("maximize")
    if not name:
        hint = "--maximize correct, or in the file: objective: {maximize: correct, subject_to: [context_tokens < 1500]}"
        raise UsageError(f"{plan.file.name} has no objective: nothing says what 'better' is", hint=hint)
    limits = tuple(subject_to) or tuple(written.get("subject_to", ()))
    penalties = {} if maximize else dict(written.get("penalties", {}))
    for known in (name, *(limit[0] for limit in limits), *penalties):
        if known not in METRICS:
            raise UsageError(f"unknown metric {known!r}{did_you_mean(known, METRICS)}")
        if known in _TIMED:
            raise UsageError(
                f"{known!r} is measured on questions that run one by one; a search runs them in batches, and what it "
                "reads from the cache has no time of its own",
                hint="limit what takes the time: context_tokens, lm_calls or retrieval_calls",
            )
    if METRICS[name] == "lower":
        raise UsageError(f"{name!r} is better when it is lower: it cannot be maximized", hint=f"limit it: '{name} < N'")
    return Objective(name, limits, penalties)


def mean_of(rows: Sequence[Row], metric: str) -> float | None:
    """The mean of a metric over the rows that have it; None where none has it."""
    found = [row["metrics"][metric] for row in rows if row["metrics"].get(metric) is not None]
    return sum(found) / len(found) if found else None
