"""The stages of an optimisation: values with the file's prompts, prompts with the best values, values once more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ragkit.errors import UsageError, did_you_mean
from ragkit.evaluate.questions import Question
from ragkit.lm.step import LMStep
from ragkit.optimize.announcement import estimate
from ragkit.optimize.bench import Bench
from ragkit.optimize.limits import Spent, SpentError
from ragkit.optimize.objective import Objective
from ragkit.optimize.reports import Reports
from ragkit.optimize.search import search
from ragkit.optimize.shares import Phase, Shares
from ragkit.optimize.space import defaults
from ragkit.optimize.spending import PhaseAccount, Spending
from ragkit.optimize.studies import Asked, Study
from ragkit.optimize.trials import Ended, Found, Tried
from ragkit.optimize.troubles import of_trial
from ragkit.optimize.variant import Variant
from ragkit.spec.cut import steps_of
from ragkit.spec.plan import Model, Plan, SearchMark

if TYPE_CHECKING:
    from ragkit.optimize.prompts.tune import Tuned

FIRST = 2 / 3
"""The share of the trials that comes before the prompts, where there are both."""


@dataclass(frozen=True, slots=True)
class Reached:
    """What the stages came to.

    Attributes:
        default: What a plain run takes.
        best: The best that was found; None where nothing kept the limits.
        searches: The searches over values: none, one, or one before and one after the prompts.
        tuned: The prompt stage; None where there was none.
    """

    default: Variant
    best: Variant | None
    searches: tuple[Found, ...]
    tuned: Tuned | None

    @property
    def variants(self) -> tuple[Variant, ...]:
        """All that saw every tuning question: the defaults, the best, and the trials of the last search."""
        prompts = self.tuned.prompts if self.tuned is not None and len(self.searches) > 1 else None
        tried = [Variant(trial.choices, prompts) for trial in self.tried]
        found = [self.default, *([] if self.best is None else [self.best]), *tried]
        return tuple(one for place, one in enumerate(found) if one not in found[:place])

    @property
    def tried(self) -> tuple[Tried, ...]:
        """Every trial that saw every question, of the last search over values."""
        return self.searches[-1].tried if self.searches else ()

    @property
    def runs(self) -> int:
        """How many questions the searches over values have run."""
        return sum(found.runs for found in self.searches)


def first_trials(asked: Asked) -> int:
    """The trials that come before the prompts."""
    return max(2, round(asked.trials * FIRST)) if asked.first is None else asked.first


class Stages:
    """Runs the stages, or goes on with them: finished trials and finished prompts are read, not run again.

    Args:
        bench: Runs the pipeline.
        study: Where trials and prompts are kept.
        asked: What is asked.
        plan: The plan under its defaults.
        marks: What is open; none where only prompts are tuned.
        tunes: Prompts are tuned.
        questions: The tuning questions.
        objective: What is searched for.
        shares: What each stage may spend.
        spending: What pays.
        tell: Is told in sentences what is being done.
        done: Is told how each trial ended, and how many there are.
        reports: Is told what is being done.
    """

    def __init__(
        self, bench: Bench, study: Study, asked: Asked, plan: Plan, marks: Sequence[SearchMark], tunes: bool,
        questions: Sequence[Question], objective: Objective, shares: Shares, spending: Spending,
        tell: Callable[[str], None],
        done: Callable[[Ended, int], None],
        reports: Reports,
    ) -> None:  # fmt: skip
        self._bench = bench
        self._study = study
        self._asked = asked
        self._plan = plan
        self._marks = marks
        self._tunes = tunes
        self._questions = questions
        self._objective = objective
        self._shares = shares
        self._spending = spending
        self._tell = tell
        self._done = done
        self._reports = reports
        self._before = Spent()

    def run(self) -> Reached:
        """Runs them.

        Raises:
            UsageError: No trial could be measured, or the prompt stage cannot be.
        """
        default = Variant(defaults(self._marks))
        best: Variant | None = default
        searches: list[Found] = []
        trials = self._asked.trials
        first = first_trials(self._asked) if self._tunes else trials
        if self._marks:
            found = self._search("values", default, first, self._study.journal)
            searches.append(found)
            best = None if found.best is None else Variant(found.best.choices)
        if not self._tunes:
            return Reached(default, best, tuple(searches), None)
        tuned = self._tuned(best or default)
        prompts = None if tuned is None else tuned.prompts
        if prompts is not None:
            best = replace(best or default, prompts=prompts)
        if self._marks and trials - first >= 2:
            again = self._search_again(best or default, trials - first)
            if again is not None:
                searches.append(again)
                best = best if again.best is None else Variant(again.best.choices, prompts)
        return Reached(default, best, tuple(searches), tuned)

    def _search_again(self, start: Variant, trials: int) -> Found | None:
        """The search that comes after the prompts; None where nothing is left for it: what was found before stands."""
        with_ = "the prompts of the file" if start.prompts is None else "the prompts that were found"
        self._tell(f"values once more, with {with_}")
        try:
            return self._search("values again", start, trials, self._study.later_journal)
        except SpentError as error:
            self._tell(f"values are left as they are: {error.message}")
            return None

    def _search(self, phase: Phase, start: Variant, trials: int, journal: Path) -> Found:
        asked = self._asked
        self._shares.measure(self._spending.spent)
        with self._spending.during(phase, self._shares.keep(phase)) as account:
            found = search(
                self._bench.told(start.prompts), self._marks, self._questions, self._objective, trials,
                journal=journal, first=start.choices, seed=asked.seed, spent=lambda: self._spending.check(account.keep),
                begun=lambda place: self._begun(place, trials),
                done=lambda ended: self._ended(phase, account, ended, trials),
                known=lambda tried: self._done(Ended(tried.number, tried, len(self._questions)), trials),
            )  # fmt: skip
        if not found.tried and found.stopped:
            raise SpentError(f"not one trial came to its end: {found.stopped}")
        if not found.tried:
            objective = self._objective
            names = ", ".join((objective.maximize, *objective.beside, *objective.penalties))
            raise UsageError(
                f"no trial could be measured: no question has the metric {names}",
                hint=f"look whether it runs: ragkit eval {self._asked.pipeline} --data {self._asked.data} --limit 5",
            )
        return found

    def _begun(self, place: int, of: int) -> None:
        self._reports.begin(f"trial {place + 1} of {of}")
        self._before = self._spending.spent

    def _ended(self, phase: Phase, account: PhaseAccount, ended: Ended, of: int) -> None:
        """A trial has ended: how long it took is written down, and of the first what the others may come to."""
        self._spending.tick()
        trouble = of_trial(ended)
        if trouble is not None:
            self._tell(f"trial {ended.place + 1} of {of}: {trouble}")
        if phase == "values" and ended.place == 0 and ended.tried is not None:
            self._shares.measure(self._spending.spent)
            account.keep = self._shares.keep(phase)
            told = estimate(self._spending.spent - self._before, len(self._questions))
            if told is not None:
                self._tell(told)
        self._done(ended, of)

    def _tuned(self, start: Variant) -> Tuned | None:
        """The prompt stage; None where it cannot be and values have been searched, which stand."""
        try:
            return self._tune(start)
        except (UsageError, SpentError) as error:
            if not self._marks:
                raise
            self._tell(f"prompts are left out: {error.message}")
            return None

    def _tune(self, start: Variant) -> Tuned:
        from ragkit.optimize.prompts import tune as stage

        self._reports.begin("prompts")
        kept = self._study.prompts(start.choices)
        if kept is not None:
            self._tell("prompts: found before the stop")
            return kept
        calls = self._shares.calls("prompts", self._spending)
        begun = self._study.prompts_begun(start.choices)
        prompter = prompter_of(self._plan, self._asked.prompt_lm)
        asked = stage.Asked(self._asked.optimizer, prompter, calls, self._asked.seed, begun, self._asked.strategy)
        with self._spending.during("prompts", self._shares.keep("prompts")):
            tuned = stage.tune(
                self._bench, start.choices, self._questions, self._objective, asked, self._tell,
                lambda taken: self._study.begin_prompts(start.choices, taken),
            )  # fmt: skip
        if tuned.record["stopped"] is None:
            self._study.keep_prompts(start.choices, tuned)
        return tuned


def proposes(plan: Plan, asked: Asked) -> Model | None:
    """The LM that will be asked for proposals, or may be; None where the optimiser asks for none.

    Raises:
        UsageError: There is no LM, or no optimiser, of the name that was asked for.
    """
    from ragkit.optimize.prompts.optimizers.choice import optimizer_of
    from ragkit.optimize.prompts.optimizers.optimizer import Size

    named = prompter_of(plan, asked.prompt_lm)
    if asked.optimizer != "auto":
        optimizer = optimizer_of(asked.optimizer, asked.strategy)
        if not optimizer.most(Size(1, 1, 1), optimizer.levels[-1]).proposals:
            return None
    own = (step.lm for step in steps_of(plan.root) if issubclass(step.component, LMStep))
    return named or next(own)


def prompter_of(plan: Plan, name: str | None) -> Model | None:
    """The LM for proposals that was asked for: one that the file names, or any model string.

    Raises:
        UsageError: There is none of that name.
    """
    if name is None:
        return None
    named = plan.declared
    if name in named:
        return named[name]
    if "/" not in name:
        there = f"the file names {', '.join(map(repr, named))}, and others are" if named else "an LM is"
        raise UsageError(f"no LM is called {name!r}{did_you_mean(name, named)}; {there} provider/model")
    return next((model for model in plan.models if model.model == name), Model(name))
