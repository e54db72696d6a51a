"""What is searched for: a metric to raise, what it may cost, where the limits are, what else is wanted beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ragkit.errors import UsageError, did_you_mean
from ragkit.evaluate.judge import METRIC
from ragkit.evaluate.row import Row
from ragkit.spec.plan import Plan
from ragkit.spec.written.constraint import OPERATORS, Operator
from ragkit.spec.written.objectives import METRICS, Direction

_TIMED = ("p50_seconds", "p95_seconds")
_IN_PLACE_OF_SECONDS = "context_tokens"
Limit = tuple[str, Operator, float]


@dataclass(frozen=True, slots=True)
class Objective:
    """A metric to raise, less penalties, within limits; all of them means over questions.

    Attributes:
        maximize: The metric.
        subject_to: ``(metric, operator, limit)``.
        penalties: What a unit of a metric takes from the value.
        beside: Further metrics, each to be as good as it can be: with them there is no best, but a front.
        levels: Metrics that the levels of profiles hold.
    """

    maximize: str
    subject_to: tuple[Limit, ...] = ()
    penalties: Mapping[str, float] = field(default_factory=dict)
    beside: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()

    @property
    def judged(self) -> bool:
        """Whether it reads what an LM judge says."""
        return METRIC in self.metrics

    @property
    def metrics(self) -> tuple[str, ...]:
        """Every metric that it reads, the one to raise first."""
        limited = (name for name, _, _ in self.subject_to)
        return tuple(dict.fromkeys((self.maximize, *self.beside, *limited, *self.levels, *self.penalties)))

    def goals(self, rows: Sequence[Row]) -> list[float] | None:
        """The value and the metrics beside it, each turned so that higher is better; None where one is not known."""
        found = [self.value(rows)]
        for name in self.beside:
            mean = mean_of(rows, name)
            found.append(-mean if mean is not None and METRICS[name] == "lower" else mean)
        known = [one for one in found if one is not None]
        return known if len(known) == len(found) else None

    def value(self, rows: Sequence[Row]) -> float | None:
        """The mean over the questions that have the metric, less penalties; None where one of them is not known."""
        mean, taken = mean_of(rows, self.maximize), self._taken(rows)
        return None if mean is None or taken is None else mean - sum(taken.values())

    def values(self, rows: Sequence[Row]) -> list[float | None]:
        """The value of each question beside the others; None where it has not the metric.

        What a question spent that nobody knows, as where its run failed, counts as the mean of the others: a failure
        costs the metric, and saves nothing.
        """
        taken = self._taken(rows)
        if taken is None:
            return [None] * len(rows)
        found = []
        for row in rows:
            own, spent = row["metrics"].get(self.maximize), row["metrics"]
            cost = sum(
                mean if spent.get(name) is None else self.penalties[name] * spent[name] for name, mean in taken.items()
            )
            found.append(None if own is None else float(own) - cost)
        return found

    def of_question(self, row: Row) -> float | None:
        """The value of one question; None where it has not the metric."""
        value = row["metrics"].get(self.maximize)
        if value is None:
            return None
        cost = sum(weight * (row["metrics"].get(name) or 0.0) for name, weight in self.penalties.items())
        return float(value) - cost

    def _taken(self, rows: Sequence[Row]) -> dict[str, float] | None:
        """What each penalty takes from the value; None where the mean of one is not known: unknown is not nothing."""
        means = {name: mean_of(rows, name) for name in self.penalties}
        known = {name: self.penalties[name] * mean for name, mean in means.items() if mean is not None}
        return known if len(known) == len(means) else None

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
        for way, better in (("maximize", "higher"), ("minimize", "lower")):
            names = [name for name in self.beside if METRICS[name] == better]
            text += f", {way} {', '.join(names)}" if names else ""
        limits = ", ".join(f"{name} {sign} {limit:g}" for name, sign, limit in self.subject_to)
        return f"{text} subject to {limits}" if limits else text


def objective_of(
    plan: Plan, maximize: Sequence[str], subject_to: Sequence[Limit], minimize: Sequence[str] = (),
    judge: str | None = None,
) -> Objective:  # fmt: skip
    """The objective of a pipeline's file, or of the command line, which wins over it.

    A file with profiles is searched for a front: what their levels hold is wanted low beside the objective.

    Raises:
        UsageError: There is none, a metric is not known, or it goes the other way or cannot be searched for; or it
            reads what a judge says and none is named, or the other way round.
    """
    written: Mapping[str, Any] = plan.objective or {}
    raised = tuple(maximize) or tuple(written.get("maximize", ()))
    if not raised:
        hint = "--maximize correct, or in the file: objective: {maximize: correct, subject_to: [context_tokens < 1500]}"
        raise UsageError(f"{plan.file.name} has no objective: nothing says what 'better' is", hint=hint)
    lowered = tuple(minimize) if maximize or minimize else tuple(written.get("minimize", ()))
    limits = tuple(subject_to) or tuple(written.get("subject_to", ()))
    penalties = {} if maximize else dict(written.get("penalties", {}))
    for known in (*raised, *lowered, *(limit[0] for limit in limits), *penalties):
        _check(known)
    for name in raised:
        _check_way(name, "higher")
    for name in lowered:
        _check_way(name, "lower")
    levels = tuple(dict.fromkeys(level.metric for profile in plan.slo.values() for level in profile))
    # Seconds are not known in a search; what the answer is given to read is what most of them hang on.
    wanted = (_IN_PLACE_OF_SECONDS if name in _TIMED else name for name in levels)
    front = (name for name in wanted if METRICS[name] == "lower")
    beside = tuple(name for name in dict.fromkeys((*raised[1:], *lowered, *front)) if name != raised[0])
    objective = Objective(raised[0], limits, penalties, beside, levels)
    _check_judge(objective, judge)
    return objective


def _check(name: str) -> None:
    if name not in METRICS:
        raise UsageError(f"unknown metric {name!r}{did_you_mean(name, METRICS)}")
    if name in _TIMED:
        raise UsageError(
            f"{name!r} is measured on questions that run one by one; a search runs them in batches, and what it reads "
            "from the cache has no time of its own",
            hint="limit what takes the time: context_tokens, lm_calls or retrieval_calls; or let a profile promise it: "
            "slo: {fast: ['p95_seconds < 2']}",
        )


def _check_judge(objective: Objective, judge: str | None) -> None:
    if objective.judged and judge is None:
        promised = METRIC in objective.levels and METRIC not in replace(objective, levels=()).metrics
        where = "a profile promises it" if promised else "the objective reads it"
        raise UsageError(
            f"{METRIC!r} is what an LM judge says of answers: {where}, and no judge is named",
            hint="--judge openai/gpt-4o-mini, or the name of an LM of the file; correct and answer_f1 need none",
        )
    if judge is not None and not objective.judged:
        raise UsageError(
            f"--judge {judge} would be asked about every answer, and the objective does not read what it says",
            hint=f"--maximize {METRIC}; or leave --judge out, and judge what came of it with ragkit eval --judge",
        )


def _check_way(name: str, better: Direction) -> None:
    if METRICS[name] != better:
        way, other = ("maximized", "minimize") if better == "higher" else ("minimized", "maximize")
        raise UsageError(
            f"{name!r} is better when it is {METRICS[name]}: it cannot be {way}",
            hint=f"--{other} {name}" + (f", or limit it: --subject-to '{name} < N'" if better == "higher" else ""),
        )


def mean_of(rows: Sequence[Row], metric: str) -> float | None:
    """The mean of a metric over the rows that have it; None where none has it."""
    found = [row["metrics"][metric] for row in rows if row["metrics"].get(metric) is not None]
    return sum(found) / len(found) if found else None
