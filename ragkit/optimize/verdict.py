"""What was found, on questions that the search never saw: better than the defaults, or not, and than chance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ragkit.evaluate.intervals import mean_interval, paired_interval, permutation_p
from ragkit.evaluate.questions import Question
from ragkit.evaluate.row import Row
from ragkit.optimize.bench import Bench
from ragkit.optimize.objective import Objective, mean_of
from ragkit.optimize.parts import FEWEST
from ragkit.optimize.pulse import is_unjudged
from ragkit.optimize.search import check_runs
from ragkit.optimize.trials import Tried, dominates
from ragkit.optimize.variant import Variant
from ragkit.trace.words import counted

COST = "context_tokens"
"""What a single objective is set against."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The held-out comparison.

    Attributes:
        improved: The best values beat the defaults: the interval of the paired difference lies above 0, or the defaults
            break a limit that the best values keep.
        sentence: The verdict for a person.
        figures: Every side's value with its interval, the differences with theirs, and the means of the metrics.
    """

    improved: bool
    sentence: str
    figures: Mapping[str, Any]


def judge(
    bench: Bench,
    objective: Objective,
    questions: Sequence[Question],
    default: Variant,
    best: Variant | None,
    chance: Variant | None,
    begun: Callable[[str], None] = lambda side: None,
) -> Verdict:
    """Runs defaults, best and the best of a random search on the held-out questions.

    Args:
        bench: Runs the pipeline.
        objective: What was searched for.
        questions: The held-out questions.
        default: What a plain run takes.
        best: What was found; None where nothing kept the limits.
        chance: The best of a random search of the same cost; None where none was made.
        begun: Is told each side before it is run.
    """
    rows: dict[str, list[Row]] = {}
    for name, side in (("default", default), ("best", best), ("random", chance)):
        if side is not None:
            begun(name)
            rows[name] = bench.rows(side.choices, questions, side.prompts)
    check_runs(rows["default"])
    figures: dict[str, Any] = {
        "n": len(questions), "sides": {name: _side(objective, of) for name, of in rows.items()},
    }  # fmt: skip
    if "best" in rows:
        figures["gain"] = _gain(objective, rows["default"], rows["best"])
    if "random" in rows and "best" in rows:
        figures["gain_over_random"] = _gain(objective, rows["random"], rows["best"])
    improved, sentence = _words(objective, default, best, figures)
    return Verdict(improved, sentence, figures)


def front(tried: Sequence[Tried], objective: Objective) -> list[Tried]:
    """The trials of which none other is better in a goal and worse in none: the Pareto front, the best value last.

    An objective without further goals is set against context tokens. With them, only trials within the limits count.
    """
    if objective.beside:
        points = [(trial, trial.goals) for trial in tried if trial.feasible]
    else:
        known = [trial for trial in tried if trial.means.get(COST) is not None]
        points = [(trial, (trial.value, -(trial.means[COST] or 0.0))) for trial in known]
    kept: dict[tuple[float, ...], Tried] = {}
    for trial, goals in points:
        if not any(dominates(other, goals) for _, other in points):
            kept.setdefault(tuple(goals), trial)
    return sorted(kept.values(), key=lambda trial: trial.value)


def _side(objective: Objective, rows: Sequence[Row]) -> dict[str, Any]:
    names = dict.fromkeys((*objective.metrics, COST))
    values = objective.values(rows)
    failed = [row["error"]["message"] for row in rows if row["error"] is not None]
    unjudged = [f"the judge: {row['judge']['error']}" for row in rows if is_unjudged(row)]
    return {
        "value": mean_interval([value for value in values if value is not None]).as_dict(),
        "metrics": {name: mean_of(rows, name) for name in names},
        "keeps_limits": all(excess <= 0 for excess in objective.excesses(rows)),
        "errors": len(failed),
        "unjudged": len(unjudged),
        "why": next(iter((*failed, *unjudged)), None),
    }


def _gain(objective: Objective, before: Sequence[Row], after: Sequence[Row]) -> dict[str, Any]:
    left, right = objective.values(before), objective.values(after)
    return {**paired_interval(left, right).as_dict(), "p": permutation_p(left, right)}


def _words(
    objective: Objective, default: Variant, best: Variant | None, figures: Mapping[str, Any]
) -> tuple[bool, str]:
    if best is None:
        return False, "no improvement: no trial kept the limits"
    if best == default:
        return False, "no improvement: the defaults were the best that was tried"
    gain, sides = figures["gain"], figures["sides"]
    if gain["mean"] is None:
        return False, f"no improvement that is known: no held-out question has {objective.maximize} on both sides"
    if gain["n"] < FEWEST and sides["default"]["keeps_limits"]:
        return False, (
            f"no improvement that can be told: {counted(gain['n'], 'held-out question')} of {figures['n']} "
            f"have {objective.maximize} on both sides, and {FEWEST} are needed"
        )
    on = f"on {gain['n']} held-out questions"
    if gain["n"] < figures["n"]:
        on = f"on those {gain['n']} of {figures['n']} held-out questions that have it"
    interval = "" if gain["low"] is None else f" [{gain['low']:+.3f}, {gain['high']:+.3f}]"
    told = f"{gain['mean']:+.3f}{interval} {on}"
    if not sides["best"]["keeps_limits"]:
        return False, f"no improvement: the best values break a limit on the held-out questions ({told})"
    if gain["low"] is not None and gain["low"] > 0:
        return True, f"an improvement: {told}"
    if not sides["default"]["keeps_limits"]:
        return True, f"an improvement: the defaults break a limit, the best values keep it; {objective.maximize} {told}"
    return False, f"no improvement that can be told from chance: {told}"
