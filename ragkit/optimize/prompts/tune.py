"""The prompt stage: which optimiser the data and the budget allow, and what it finds on questions to choose by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ragkit.errors import UsageError
from ragkit.evaluate.questions import Question
from ragkit.evaluate.row import Row
from ragkit.optimize.bench import Bench
from ragkit.optimize.objective import Objective
from ragkit.optimize.prompts.optimizers.choice import Chosen, Name, again, choose
from ragkit.optimize.prompts.prompts import Prompts
from ragkit.trace.words import counted

if TYPE_CHECKING:
    from ragkit.spec.plan import Model

FEWEST = 6


@dataclass(frozen=True, slots=True)
class Asked:
    """What a prompt stage is asked.

    Attributes:
        optimizer: Which optimiser.
        strategy: That of ``better-together``; None takes its own.
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
    strategy: str | None = None


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
        EvaluationError: LM or judge do not answer, or answer no more.
    """
    from ragkit.lm import accounts
    from ragkit.optimize.prompts.candidates import Candidates
    from ragkit.optimize.prompts.examples import halved
    from ragkit.optimize.prompts.meter import Meter
    from ragkit.optimize.prompts.optimizers.optimizer import Size
    from ragkit.optimize.prompts.stage import Stage

    meter = Meter(accounts.current())
    with accounts.charged(meter):
        most = bench.requests(bench.plan(choices)) * len(questions)
        tell(f"prompts: the pipeline as it is, on {len(questions):,} questions: at most {most:,} LM requests")
        rows = bench.rows(choices, questions)
        usable = [question for question, row in zip(questions, rows, strict=True) if _measured(row, objective)]
        _check(usable, rows, objective)
        halves = halved(usable)
        pipeline = bench.pipeline(choices)
        size = Size(len(halves.train), len(halves.validation), len(pipeline.lm_steps))
        each = max(1, bench.requests(pipeline.plan))
        pays = None if asked.calls is None else max(0, asked.calls - meter.sent - each * size.validation)
        if asked.begun is None:
            chosen = choose(asked.optimizer, size, rows, objective, each, pays, asked.strategy)
        else:
            chosen = again(asked.begun.optimizer, asked.begun.level, asked.begun.why, size, asked.strategy)
        began(Begun(chosen.optimizer.name, chosen.level, chosen.why))
        _announce(chosen, size, each, tell)
        known = {question.id: row for question, row in zip(questions, rows, strict=True)}
        stage = Stage(bench, choices, objective, meter, Candidates(), halves, chosen, known, pipeline, asked.prompter)
        stage.run(asked.seed, tell)
        return Tuned(*stage.result(each))


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
    tell(f"prompts: {name} ({chosen.why}), over {counted(size.predictors, 'LM step')}")
    tell(
        f"prompts: at most {most.runs + size.validation:,} runs of a question with {counted(each, 'LM request')} each, "
        f"and {most.proposals:,} requests for proposals: {most.requests(each) + each * size.validation:,} LM requests, "
        f"repeats of failed ones not counted; {size.train} questions to learn from, {size.validation} to choose by"
    )
