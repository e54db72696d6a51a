"""Profiles: for each one that the pipeline names, the best point that was found within its levels.

A point is picked on the tuning questions and held against the levels once more on the held-out ones. Seconds are not
known in a search, which runs questions in batches and reads caches: where a profile promises them, the best few points
are measured on questions that run one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ragkit.errors import UsageError
from ragkit.evaluate.intervals import mean_interval, quantile_interval
from ragkit.evaluate.questions import Question
from ragkit.evaluate.row import Row
from ragkit.optimize.bench import Bench
from ragkit.optimize.objective import Objective, mean_of
from ragkit.optimize.trials import dominates
from ragkit.optimize.variant import Variant
from ragkit.spec.overlay import is_overlay
from ragkit.spec.plan import Plan
from ragkit.spec.profiles import Profile, profiles_of
from ragkit.spec.written.constraint import Constraint

QUANTILES: Mapping[str, float] = {"p50_seconds": 0.5, "p95_seconds": 0.95}
MOST_TIMED = 5
"""How many points are measured singly, at most, to find one that keeps a promise of seconds."""
TIMED = 40
"""How many questions are asked one after the other for that."""


@dataclass(frozen=True, slots=True)
class Point:
    """A variant that has seen every tuning question: its goals (higher is better) and the means of its metrics."""

    variant: Variant
    goals: tuple[float, ...]
    means: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Pick:
    """What a profile came to.

    Attributes:
        profile: The profile.
        variant: The point that was picked, and that keeps the levels on the held-out questions; None where none does.
        sentence: What came of it, for a person.
        levels: Each level with what was measured on the tuning and on the held-out questions.
        value: The objective's value on the held-out questions, with its interval; None where nothing was picked.
    """

    profile: Profile
    variant: Variant | None
    sentence: str
    levels: Sequence[Mapping[str, Any]]
    value: Mapping[str, Any] | None

    def as_dict(self) -> dict[str, Any]:
        """For the card."""
        return {
            "values": None if self.variant is None else dict(self.variant.choices),
            "sentence": self.sentence,
            "levels": [dict(level) for level in self.levels],
            "value": self.value,
        }


class Picker:
    """Picks the points of profiles.

    Args:
        bench: Runs the pipeline.
        objective: What was searched for.
        tune: The tuning questions.
        report: The held-out questions.
        tell: Is told in sentences what is being done.
    """

    def __init__(
        self,
        bench: Bench,
        objective: Objective,
        tune: Sequence[Question],
        report: Sequence[Question],
        tell: Callable[[str], None],
    ) -> None:
        self._bench = bench
        self._objective = objective
        self._tune = tune
        self._report = report
        self._tell = tell
        self._timed: list[tuple[Variant, dict[str, float | None]]] = []

    def point(self, variant: Variant) -> Point | None:
        """A variant as a point; None where its goals are not known."""
        rows = self._bench.rows(variant.choices, self._tune, variant.prompts)
        goals = self._objective.goals(rows)
        if goals is None or any(excess > 0 for excess in self._objective.excesses(rows)):
            return None
        return Point(variant, tuple(goals), {name: mean_of(rows, name) for name in self._objective.metrics})

    def pick(self, profile: Profile, points: Sequence[Point]) -> Pick:
        """The point with the best value of those that keep a profile's levels, held against them on new questions."""
        untimed = [level for level in profile.levels if level.metric not in QUANTILES]
        timed = [level for level in profile.levels if level.metric in QUANTILES]
        kept = [point for point in points if all(_keeps(level, point.means.get(level.metric)) for level in untimed)]
        kept = [point for point in kept if not any(dominates(other.goals, point.goals) for other in kept)]
        kept.sort(key=lambda point: point.goals, reverse=True)
        found: Point | None = None
        means: dict[str, float | None] = {}
        for point in kept[: MOST_TIMED if timed else 1]:
            means = {**point.means, **(self._seconds(point.variant) if timed else {})}
            if all(_keeps(level, means[level.metric]) for level in timed):
                found = point
                break
        if found is None:
            of = f"none of the {len(kept[:MOST_TIMED])} best points" if timed and kept else "no point"
            return Pick(profile, None, f"{of} that was found keeps {profile}", (), None)
        return self._held(profile, found, means)

    def _held(self, profile: Profile, point: Point, tuned: Mapping[str, float | None]) -> Pick:
        """A point on the held-out questions."""
        rows = self._bench.rows(point.variant.choices, self._report, point.variant.prompts)
        means = {level.metric: mean_of(rows, level.metric) for level in profile.levels}
        if any(name in QUANTILES for name in means):
            means |= self._quantiles(point.variant, self._report)
        levels = [
            {
                "level": str(level), "metric": level.metric, "tuning": tuned[level.metric],
                "held_out": means[level.metric], "kept": _keeps(level, means[level.metric]),
            }
            for level in profile.levels
        ]  # fmt: skip
        values = [value for value in self._objective.values(rows) if value is not None]
        value = mean_interval(values).as_dict()
        shown = "not known" if value["mean"] is None else f"{value['mean']:.4f}"
        broken = [
            f"{level} ({_shown(means[level.metric])})"
            for level in profile.levels
            if not _keeps(level, means[level.metric])
        ]
        if broken:
            told = f"the best point breaks a level on the held-out questions: {', '.join(broken)}"
            return Pick(profile, None, told, levels, value)
        told = f"{self._objective.maximize} {shown} on the held-out questions"
        return Pick(profile, point.variant, told, levels, value)

    def _seconds(self, variant: Variant) -> dict[str, float | None]:
        """Percentiles of a variant's seconds on tuning questions; measured once."""
        for known, found in self._timed:
            if known == variant:
                return found
        found = self._quantiles(variant, self._tune)
        self._timed.append((variant, found))
        return found

    def _quantiles(self, variant: Variant, questions: Sequence[Question]) -> dict[str, float | None]:
        asked = questions[:TIMED]
        self._tell(f"{len(asked)} questions one after the other, for their seconds")
        rows: list[Row] = self._bench.alone(variant.choices, asked, variant.prompts)
        own = [row["usage"]["seconds"] for row in rows if row["error"] is None]
        return {name: quantile_interval(own, at).mean for name, at in QUANTILES.items()}


def check_overlays(plan: Plan, force: bool) -> None:
    """Looks, before anything is spent, whether the overlays of the profiles can be written.

    Raises:
        UsageError: One is there and ``force`` is not given, or what is there is no overlay.
    """
    for profile in profiles_of(plan).values():
        if not profile.tuned:
            continue
        if not force:
            raise UsageError(
                f"the overlay {str(profile.overlay)!r} of the profile {profile.name!r} is there already",
                hint="--force replaces it",
            )
        if not is_overlay(profile.overlay):
            raise UsageError(
                f"{str(profile.overlay)!r} is where the profile {profile.name!r} would stand, and it is no overlay",
                hint="move it, or call the profile otherwise",
            )


def most_runs(plan: Plan, tune: int, report: int) -> int:
    """The most runs of a question that picking the points of a plan's profiles takes."""
    profiles = profiles_of(plan).values()
    timed = sum(any(level.metric in QUANTILES for level in profile.levels) for profile in profiles)
    singly = timed * (MOST_TIMED * min(TIMED, tune) + min(TIMED, report))
    return len(profiles) * report + singly


def _keeps(level: Constraint, value: float | None) -> bool:
    """Whether a level is kept; what is not known keeps none."""
    return value is not None and level.holds(value)


def _shown(value: float | None) -> str:
    return "not known" if value is None else f"{value:,.4g}"
