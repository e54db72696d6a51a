"""The search: Optuna proposes values, bad ones are given up early, and everything is on disk after each trial."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragkit.errors import EvaluationError
from ragkit.evaluate.questions import Question
from ragkit.evaluate.row import Row
from ragkit.optimize.bench import Bench, Told
from ragkit.optimize.journal import FIRST, open_trials, queue_first
from ragkit.optimize.limits import SpentError
from ragkit.optimize.objective import Objective, mean_of
from ragkit.optimize.pulse import is_unjudged
from ragkit.optimize.space import active, cheapest, defaults, encoded, suggest
from ragkit.optimize.trials import Ended, Found, Tried, dominates
from ragkit.spec.plan import SearchMark

if TYPE_CHECKING:
    import optuna

RUNGS = (0.25, 0.5, 1.0)
"""Successive halving (1502.07943): the shares of the questions after which a trial may be given up."""
FEWEST = 5
"""Fewer questions say too little of a trial to give it up."""
KEPT = ("recall@5", "recall@10", "correct", "context_tokens", "retrieval_calls", "lm_calls")
_BROKEN = 1e6
_CHOICES, _EXCESSES, _MEANS, _SPENT = "choices", "excesses", "means", "runs"
_ASKED, _FAILED, _UNJUDGED, _WHY = "asked", "failed", "unjudged", "why"


def search(
    bench: Bench | Told,
    marks: Sequence[SearchMark],
    questions: Sequence[Question],
    objective: Objective,
    trials: int,
    *,
    first: Mapping[str, Any] | None = None,
    journal: Path | None = None,
    at_random: bool = False,
    seed: int = 0,
    spent: Callable[[], str | None] = lambda: None,
    begun: Callable[[int], None] = lambda place: None,
    done: Callable[[Ended], None] = lambda ended: None,
    known: Callable[[Tried], None] = lambda tried: None,
) -> Found:
    """Searches, or goes on with a search that was stopped.

    The first trial takes the defaults (or ``first``), the second the cheapest values; then TPE (or chance) proposes.
    Trials run on a growing part of the questions and are given up where they are among the worse half (not those two,
    and not where values are drawn at random: chance is given every question, for a comparison at the same cost); where
    there are several objectives, where more trials beat them (better in one, worse in none) than beat most others.

    Args:
        bench: Runs the pipeline.
        marks: What is open.
        questions: What is searched on, in an order in which every beginning stands for the whole.
        objective: What is searched for.
        trials: The most trials.
        first: The values that come first, in the place of the defaults.
        journal: The file that keeps every trial; None keeps them in memory.
        at_random: Draw values at random.
        seed: What proposals are drawn from.
        spent: Says before each trial why it must not begin; None while it may.
        begun: Is told, before each trial, how many have ended.
        done: Is told how each trial ended.
        known: Is told, before anything runs, each trial that saw every question before a stop.

    Raises:
        EvaluationError: Every question fails before any trial has come to its end, or an LM or the judge answers no
            more: the trial stays open.
    """
    study = open_trials(journal, at_random, seed, len(marks), 1 + len(objective.beside))
    start = defaults(marks) if first is None else first
    queue_first(study, encoded(start, marks), encoded(cheapest(marks), marks))
    stopped = None
    rungs = rungs_of(len(questions), (1.0,) if at_random else RUNGS)
    for earlier in _found(study, None).tried:
        known(earlier)
        if not earlier.failed:
            bench.went_well(earlier.choices, questions[0])
    ended = sum(trial.state.is_finished() and _MEANS in trial.user_attrs for trial in study.trials)  # not broken off
    while ended < trials and stopped is None:
        stopped = spent()
        if stopped is not None:
            break
        begun(ended)
        trial = study.ask()
        try:
            tried = _run(trial, bench, marks, questions, objective, rungs)
        except SpentError as error:
            stopped = str(error)  # the trial stays open, so that a search that is paid further begins with it
            break
        done(_ended(study, trial.number, ended, tried))
        ended += 1
    return _found(study, stopped)


def rungs_of(questions: int, shares: Sequence[float] = RUNGS) -> tuple[int, ...]:
    """How many questions a trial has seen at each look at it; the last are all."""
    sizes = dict.fromkeys(round(share * questions) for share in shares)
    return tuple(size for size in sizes if size >= FEWEST or size == questions)


def check_runs(rows: Sequence[Row]) -> None:
    """Looks whether any question ran: where all fail, every value is 0 and says nothing.

    Raises:
        EvaluationError: None did.
    """
    errors = [row["error"] for row in rows if row["error"] is not None]
    if rows and len(errors) == len(rows):
        raise EvaluationError(f"every question fails: {errors[0]['message']}", place=errors[0].get("place"))


def _run(
    trial: optuna.Trial,
    bench: Bench | Told,
    marks: Sequence[SearchMark],
    questions: Sequence[Question],
    objective: Objective,
    rungs: Sequence[int],
) -> Tried | None:
    import optuna

    choices = active(suggest(trial, marks), marks)
    trial.set_user_attr(_CHOICES, choices)
    before = bench.runs
    rows: list[Row] = []
    goals: list[float] | None = None
    excesses: list[float] = []
    for step, size in enumerate(rungs, start=1):
        rows = bench.rows(choices, questions[:size])
        if not any(_MEANS in other.user_attrs for other in trial.study.trials):
            check_runs(rows)
        goals = objective.goals(rows)
        excesses = [min(excess, 1e9) for excess in objective.excesses(rows)]
        trial.set_user_attr(_EXCESSES, excesses)
        trial.set_user_attr(_SPENT, bench.runs - before)
        if _troubled(trial, rows):
            trial.set_user_attr(_MEANS, {})  # it has ended, and no value of 0 stands for it
            trial.study.tell(trial, state=optuna.trial.TrialState.FAIL)
            return None
        if step < len(rungs) and goals is not None and _is_behind(trial, step, goals, excesses):
            _finish(trial, _means(rows, objective), excesses)
            trial.study.tell(trial, state=optuna.trial.TrialState.PRUNED)
            return None
    means = _means(rows, objective)
    _finish(trial, means, excesses)
    if goals is None:
        trial.study.tell(trial, state=optuna.trial.TrialState.FAIL)
        return None
    trial.study.tell(trial, goals)
    failed, unjudged = (trial.user_attrs.get(name, 0) for name in (_FAILED, _UNJUDGED))
    return Tried(trial.number, choices, goals[0], excesses, means, tuple(goals), failed, unjudged)


def _finish(trial: optuna.Trial, means: Mapping[str, float | None], excesses: Sequence[float]) -> None:
    """Writes down what the sampler, and the card, are to know of a trial, also of one that is given up."""
    trial.set_user_attr(_MEANS, means)
    for place, excess in enumerate(excesses):
        trial.set_constraint(f"limit {place}", excess)


def _troubled(trial: optuna.Trial, rows: Sequence[Row]) -> bool:
    """Writes down how many questions failed, or have no verdict, and why; whether none of them has run."""
    failed = [row["error"]["message"] for row in rows if row["error"] is not None]
    unjudged = [f"the judge: {row['judge']['error']}" for row in rows if is_unjudged(row)]
    if failed or unjudged:
        trial.set_user_attr(_FAILED, len(failed))
        trial.set_user_attr(_UNJUDGED, len(unjudged))
        trial.set_user_attr(_WHY, (failed or unjudged)[0])
    trial.set_user_attr(_ASKED, len(rows))
    return bool(rows) and len(failed) == len(rows)


def _ended(study: optuna.Study, number: int, place: int, tried: Tried | None) -> Ended:
    told = study.trials[number].user_attrs
    return Ended(
        place, tried, told.get(_ASKED, 0), told.get(_FAILED, 0), told.get(_UNJUDGED, 0), told.get(_WHY)
    )  # fmt: skip


def _is_behind(trial: optuna.Trial, step: int, goals: Sequence[float], excesses: Sequence[float]) -> bool:
    """Whether a trial is among the worse half of those that came so far; those that come first never are."""
    first = bool(trial.user_attrs.get(FIRST))
    if len(goals) == 1:
        trial.report(_rank(goals[0], excesses), step)
        return trial.should_prune() and not first
    key = f"rung {step}"
    mine = [_rank(goal, excesses) for goal in goals]
    trial.set_user_attr(key, mine)
    others = [o.user_attrs[key] for o in trial.study.trials if o.number != trial.number and key in o.user_attrs]
    beaten = [sum(dominates(other, one) for other in (*others, mine)) for one in (*others, mine)]
    return not first and beaten[-1] > statistics.median(beaten)


def _rank(value: float, excesses: Sequence[float]) -> float:
    """What trials are compared by while they run: those that break a limit come after all that keep it."""
    broken = sum(max(0.0, excess) for excess in excesses)
    return value if broken == 0 else -_BROKEN - broken


def _means(rows: Sequence[Row], objective: Objective) -> dict[str, float | None]:
    names = dict.fromkeys((*objective.metrics, *KEPT))
    return {name: mean_of(rows, name) for name in names}


def _found(study: optuna.Study, stopped: str | None) -> Found:
    from optuna.trial import TrialState

    tried = tuple(
        Tried(
            t.number,
            t.user_attrs[_CHOICES],
            t.values[0],
            t.user_attrs[_EXCESSES],
            t.user_attrs[_MEANS],
            tuple(t.values),
            t.user_attrs.get(_FAILED, 0),
            t.user_attrs.get(_UNJUDGED, 0),
        )
        for t in study.trials
        if t.state == TrialState.COMPLETE and t.values
    )
    given_up = sum(t.state == TrialState.PRUNED for t in study.trials)
    broken = sum(t.state == TrialState.FAIL and t.user_attrs.get(_MEANS) == {} for t in study.trials)
    return Found(tried, given_up, _spent(study), stopped, broken)


def _spent(study: optuna.Study) -> int:
    return sum(int(trial.user_attrs.get(_SPENT, 0)) for trial in study.trials)
