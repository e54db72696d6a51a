"""The prompt stage: an optimiser of DSPy over the tuning questions, and what it found on those that it did not learn
from.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ragkit.errors import UsageError
from ragkit.evaluate.known import KnownDocuments
from ragkit.evaluate.questions import Question
from ragkit.evaluate.row import Row
from ragkit.optimize.bench import Bench
from ragkit.optimize.objective import Objective
from ragkit.optimize.prompts.optimizers.choice import Chosen, Name, again, choose
from ragkit.optimize.prompts.prompts import Prompts
from ragkit.optimize.spending import SpentError

if TYPE_CHECKING:
    from ragkit.optimize.prompts.candidates import Candidates, Measured
    from ragkit.optimize.prompts.examples import Halves
    from ragkit.optimize.prompts.meter import Meter
    from ragkit.optimize.prompts.program import Program
    from ragkit.optimize.prompts.prompter import Prompter
    from ragkit.spec.plan import Model

FEWEST = 6
_THREADS = 8
_TOLD_EVERY = 0.1


@dataclass(frozen=True, slots=True)
class Asked:
    """What a prompt stage is asked.

    Attributes:
        optimizer: Which optimiser.
        prompter: The LM that writes proposals; None takes that of the first LM step.
        calls: The most LM requests; None is no limit.
        seed: What is drawn from.
        begun: The optimiser and its settings of a stage that was stopped: other ones could not go on from its cache.
    """

    optimizer: Name = "auto"
    prompter: Model | None = None
    calls: int | None = None
    seed: int = 0
    begun: Begun | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """What a stage has taken, before it asks anything."""

    optimizer: str
    level: Mapping[str, int]
    why: str


@dataclass(frozen=True, slots=True)
class Tuned:
    """What a prompt stage came to.

    Attributes:
        prompts: What was found; None where nothing was better than before on the questions to choose by.
        record: How it went, as plain data, for the card.
    """

    prompts: Prompts | None
    record: Mapping[str, Any]


def tune(
    bench: Bench,
    choices: Mapping[str, Any],
    questions: Sequence[Question],
    objective: Objective,
    asked: Asked,
    tell: Callable[[str], None] = lambda text: None,
    began: Callable[[Begun], None] = lambda begun: None,
) -> Tuned:
    """Tunes the prompts of a pipeline under some values.

    LM requests are paid by the account around it (``ragkit.lm.accounts``). When that pays no more, or the optimiser
    breaks off, what has been measured before counts.

    Args:
        bench: Runs the pipeline.
        choices: The values of its search marks.
        questions: The tuning questions, kinds evenly mixed.
        objective: What is searched for.
        asked: Which optimiser, with what.
        tell: Is told in sentences what is being done.
        began: Is told what was taken, before the optimiser begins.

    Raises:
        UsageError: There are too few questions, the budget does not pay for the smallest settings, or every run fails.
    """
    from ragkit.lm import accounts
    from ragkit.optimize.prompts.candidates import Candidates
    from ragkit.optimize.prompts.examples import halved
    from ragkit.optimize.prompts.meter import Meter
    from ragkit.optimize.prompts.optimizers.optimizer import Size

    meter = Meter(accounts.current())
    with accounts.charged(meter):
        most = bench.plan(choices).calls.lm * len(questions)
        tell(f"prompts: the pipeline as it is, on {len(questions):,} questions: at most {most:,} LM requests")
        rows = bench.rows(choices, questions)
        usable = [question for question, row in zip(questions, rows, strict=True) if _measured(row, objective)]
        _check(usable, rows, objective)
        halves = halved(usable)
        pipeline = bench.pipeline(choices)
        size = Size(len(halves.train), len(halves.validation), len(pipeline.lm_steps))
        each = max(1, pipeline.plan.calls.lm)
        pays = None if asked.calls is None else max(0, asked.calls - meter.sent - each * size.validation)
        if asked.begun is None:
            chosen = choose(asked.optimizer, size, rows, objective, each, pays)
        else:
            chosen = again(asked.begun.optimizer, asked.begun.level, asked.begun.why, size)
        began(Begun(chosen.optimizer.name, chosen.level, chosen.why))
        _announce(chosen, size, each, tell)
        stage = _Stage(bench, choices, objective, meter, Candidates(), halves, chosen)
        stage.remember(dict(zip((question.id for question in questions), rows, strict=True)))
        stage.run(pipeline, asked, tell)
        return stage.result(each)


def _measured(row: Row, objective: Objective) -> bool:
    return objective.of_question(row) is not None


def _check(usable: Sequence[Question], rows: Sequence[Row], objective: Objective) -> None:
    errors = [row["error"] for row in rows if row["error"] is not None]
    if len(errors) == len(rows):
        raise UsageError(f"every question fails before anything is tuned: {errors[0]['message']}")
    if len(usable) < FEWEST:
        raise UsageError(
            f"{len(usable)} tuning questions have the metric {objective.maximize!r}; prompts need {FEWEST}",
            hint="more questions, or another metric: --maximize",
        )


def _announce(chosen: Chosen, size: Any, each: int, tell: Callable[[str], None]) -> None:
    most, name = chosen.most, chosen.optimizer.name
    tell(f"prompts: {name} ({chosen.why}), over {size.predictors} LM steps")
    tell(
        f"prompts: at most {most.runs + size.validation:,} runs of a question with {each} LM requests each, and "
        f"{most.proposals:,} requests for proposals: {most.requests(each) + each * size.validation:,} LM requests, "
        f"repeats of failed ones not counted; {size.train} questions to learn from, {size.validation} to choose by"
    )


class _Stage:
    """One run of an optimiser."""

    def __init__(
        self, bench: Bench, choices: Mapping[str, Any], objective: Objective, meter: Meter, candidates: Candidates,
        halves: Halves, chosen: Chosen,
    ) -> None:  # fmt: skip
        self._bench = bench
        self._choices = choices
        self._objective = objective
        self._meter = meter
        self._candidates = candidates
        self._halves = halves
        self._chosen = chosen
        self._rows: Mapping[str, Row] = {}
        self._runs = 0
        self._stopped: str | None = None
        self._program: Program | None = None
        self._prompter: Prompter | None = None

    def remember(self, rows: Mapping[str, Row]) -> None:
        """Takes over what the pipeline does as it is."""
        self._rows = rows

    def run(self, pipeline: Any, asked: Asked, tell: Callable[[str], None]) -> None:
        """Runs the optimiser to its end, or to that of the budget; then makes sure that what it gave is measured."""
        import dspy

        from ragkit.lm.adapter import ChatAdapter
        from ragkit.lm.registry import open_lm
        from ragkit.optimize.prompts.examples import example
        from ragkit.optimize.prompts.exhausted import ExhaustedError
        from ragkit.optimize.prompts.metric import Metric, acceptance
        from ragkit.optimize.prompts.optimizers.optimizer import Work
        from ragkit.optimize.prompts.program import Program, Watch
        from ragkit.optimize.prompts.prompter import Prompter
        from ragkit.optimize.prompts.quiet import aloud, quiet

        model = asked.prompter or next(iter(pipeline.lm_steps.values())).open_lm().engine.model
        opened = open_lm(model)
        prompter = self._prompter = Prompter(opened.engine, self._meter, self._bench.responses, **_settings(opened))
        watch = Watch(self._meter, self._counted(aloud(tell)))
        program = self._program = Program(pipeline, watch)
        for question in self._halves.validation:
            self._candidates.add(program.key, question.id, self._rows[question.id])
        readers = [self._bench.reader(name) for name in pipeline.plan.corpora]
        everything = [*self._halves.train, *self._halves.validation]
        metric = Metric(
            self._objective, everything, self._candidates, KnownDocuments(readers) if readers else None,
            acceptance([self._rows[question.id] for question in everything], self._objective),
        )  # fmt: skip
        work = Work(
            [example(question) for question in _shuffled(self._halves.train, asked.seed)],
            [example(question) for question in self._halves.validation],
            metric, prompter, self._chosen.level, _threads(pipeline.plan.models), asked.seed,
        )  # fmt: skip
        settings: dict[str, Any] = {
            "lm": prompter, "adapter": ChatAdapter(), "trace": None, "disable_history": True, "callbacks": [],
            "usage_tracker": None,
        }  # fmt: skip
        found = None
        with quiet() as complaints, dspy.context(**settings):
            try:
                found = self._chosen.optimizer.compile(program, work)
            except ExhaustedError as error:
                self._stopped = str(error)
            except Exception as error:
                self._stopped = f"{self._chosen.optimizer.name} broke off: {_first_line(error)}"
        if found is not None:
            if getattr(found, "flag_compilation_error_occurred", False):
                self._stopped = f"a part of {self._chosen.optimizer.name} broke off: {'; '.join(complaints.texts[:2])}"
            self._measure(found)
        if self._stopped is not None:
            tell(f"prompts: {self._stopped}; what was measured before counts")
        if prompter.failures:
            tell(f"prompts: {len(prompter.failures)} proposals failed: {prompter.failures[-1]}")

    def result(self, each: int) -> Tuned:
        """The best that was measured, held against what was there before."""
        from ragkit.optimize.prompts.candidates import best_of

        assert self._program is not None
        assert self._prompter is not None
        measured = self._candidates.measured(self._halves.validation, self._objective)
        default = next((each_ for each_ in measured if each_.key == self._program.key), None)
        best = best_of(measured)
        before = self._program.prompts
        prompts = None
        if best is not None and _better(best, default):
            seen = self._program.watch.seen[best.key]
            prompts = Prompts({path: seen.steps[path] for path in seen.changed(before)})
        chosen = self._chosen
        record = {
            "optimizer": chosen.optimizer.name,
            "finds": chosen.optimizer.finds,
            "why": chosen.why,
            "settings": dict(chosen.level),
            "questions": {"train": len(self._halves.train), "validation": len(self._halves.validation)},
            "most": {
                "runs": chosen.most.runs, "proposals": chosen.most.proposals, "lm_calls": chosen.most.requests(each),
            },
            "prompter": self._prompter.engine.model.model,
            "runs": self._runs,
            "proposals": {
                "lm_calls": self._prompter.asked.count(False), "cached": self._prompter.asked.count(True),
                "failed": len(self._prompter.failures), "reason": next(reversed(self._prompter.failures), None),
            },
            "spent": self._meter.as_dict(),
            "candidates": len(measured),
            "validation": {
                "default": None if default is None else default.value, "best": None if best is None else best.value,
            },
            "changed": [] if prompts is None else list(prompts.steps),
            "before": before.instructions,
            "stopped": self._stopped,
        }  # fmt: skip
        return Tuned(prompts, record)

    def _counted(self, tell: Callable[[str], None]) -> Callable[[], None]:
        most = self._chosen.most.runs
        every = max(1, round(most * _TOLD_EVERY))

        def ran() -> None:
            self._runs += 1
            if self._runs % every == 0:
                tell(f"prompts: {self._runs:,} runs of at most {most:,}; {self._meter.sent:,} LM requests sent")

        return ran

    def _measure(self, found: Program) -> None:
        """Runs what the optimiser gave on the questions to choose by, where it has not."""
        have = self._candidates.rows(found.key)
        missing = [question for question in self._halves.validation if question.id not in have]
        if missing and self._meter.refused is None:
            try:
                rows = self._bench.rows(self._choices, missing, found.prompts)
            except SpentError as error:
                self._stopped = str(error)
                return
            for question, row in zip(missing, rows, strict=True):
                self._candidates.add(found.key, question.id, row)


def _better(best: Measured, default: Measured | None) -> bool:
    if default is None:
        return False
    return best.key != default.key and (best.value > default.value or not default.feasible)


def _shuffled(questions: Sequence[Question], seed: int) -> list[Question]:
    """In an order of the seed: not every optimiser takes one, and those that go through examples in turn end early."""
    return random.Random(seed).sample(list(questions), len(questions))


def _threads(models: Sequence[Model]) -> int:
    return min([_THREADS, *(model.concurrency for model in models)])


def _settings(lm: Any) -> dict[str, Any]:
    return {name: value for name, value in lm.kwargs.items() if name in ("temperature", "max_tokens")}


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
