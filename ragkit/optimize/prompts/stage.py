"""One run of an optimiser from a pipeline to the best prompts that were measured, whatever ended it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import dspy

from ragkit.engine import Pipeline
from ragkit.evaluate.known import KnownDocuments
from ragkit.evaluate.questions import Question
from ragkit.evaluate.row import Row
from ragkit.lm.adapter import ChatAdapter
from ragkit.lm.registry import open_lm
from ragkit.optimize.bench import Bench
from ragkit.optimize.limits import SpentError
from ragkit.optimize.objective import Objective
from ragkit.optimize.prompts.candidates import Candidates, Measured, best_of
from ragkit.optimize.prompts.examples import Halves, example
from ragkit.optimize.prompts.exhausted import ExhaustedError, LostError
from ragkit.optimize.prompts.meter import Meter
from ragkit.optimize.prompts.metric import Metric, acceptance
from ragkit.optimize.prompts.optimizers.choice import Chosen
from ragkit.optimize.prompts.optimizers.optimizer import Work
from ragkit.optimize.prompts.program import Program, Watch
from ragkit.optimize.prompts.prompter import Prompter
from ragkit.optimize.prompts.prompts import Prompts
from ragkit.optimize.prompts.quiet import aloud, quiet
from ragkit.spec.plan import Model
from ragkit.trace.words import counted

_THREADS = 8
_TOLD_EVERY, _TOLD_AT_LEAST = 0.1, 10


class Stage:
    """One run of an optimiser.

    Args:
        bench: Runs the pipeline.
        choices: The values of its search marks.
        objective: What is searched for.
        meter: Counts what is sent, and says when nothing more is paid.
        candidates: Is told every row.
        halves: The questions to learn from and to choose by.
        chosen: The optimiser and its settings.
        rows: What the pipeline does as it is, by question.
        pipeline: The pipeline as it is.
        proposes: The LM that writes proposals; None takes that of the first LM step.
    """

    def __init__(
        self, bench: Bench, choices: Mapping[str, Any], objective: Objective, meter: Meter, candidates: Candidates,
        halves: Halves, chosen: Chosen, rows: Mapping[str, Row], pipeline: Pipeline, proposes: Model | None,
    ) -> None:  # fmt: skip
        self._bench = bench
        self._choices = choices
        self._objective = objective
        self._meter = meter
        self._candidates = candidates
        self._halves = halves
        self._chosen = chosen
        self._rows = rows
        self._stopped: str | None = None
        self._program = Program(pipeline, Watch(meter, bench.pulse))
        lm = open_lm(proposes or next(iter(pipeline.lm_steps.values())).open_lm().engine.model)
        self._prompter = Prompter(lm.engine, meter, bench.responses, **_settings(lm))

    def run(self, seed: int, tell: Callable[[str], None]) -> None:
        """Runs the optimiser to its end, or to that of the budget; then makes sure that what it gave is measured.

        Args:
            seed: What is drawn from.
            tell: Is told how far it is, and what broke off.

        Raises:
            EvaluationError: LM or judge answer no more.
        """
        program, prompter, plan = self._program, self._prompter, self._program.pipeline.plan
        program.watch.tell = self._progress(aloud(tell), self._bench.ran)
        for question in self._halves.validation:
            self._candidates.add(program.key, question.id, self._rows[question.id])
        readers = [self._bench.reader(name) for name in plan.corpora]
        everything = [*self._halves.train, *self._halves.validation]
        metric = Metric(
            self._objective, everything, self._candidates, KnownDocuments(readers) if readers else None,
            acceptance([self._rows[question.id] for question in everything], self._objective),
            None if self._bench.judge is None else program.watch.verdict,
        )  # fmt: skip
        work = Work(
            [example(question) for question in _shuffled(self._halves.train, seed)],
            [example(question) for question in self._halves.validation],
            metric, prompter, self._chosen.level, _threads(plan.models), seed,
        )  # fmt: skip
        settings: dict[str, Any] = {
            "lm": prompter, "adapter": ChatAdapter(), "trace": None, "disable_history": True, "callbacks": [],
            "usage_tracker": None,
        }  # fmt: skip
        found, lost = None, None
        with quiet() as complaints, dspy.context(**settings):
            try:
                found = self._chosen.optimizer.compile(program, work)
            except ExhaustedError as error:
                self._stopped = str(error)
            except LostError as error:
                lost = error.error
            except Exception as error:
                self._stopped = f"{self._chosen.optimizer.name} broke off: {_first_line(error)}"
        if lost is not None:
            raise lost
        if found is not None:
            if getattr(found, "flag_compilation_error_occurred", False):
                self._stopped = f"a part of {self._chosen.optimizer.name} broke off: {'; '.join(complaints.texts[:2])}"
            self._measure(found)
        if self._stopped is not None:
            tell(f"prompts: {self._stopped}; what was measured before counts")
        watch = program.watch
        for count, what in (
            (watch.failed, "failed, and counted as 0"),
            (watch.unjudged, "have no verdict of the judge"),
        ):
            if count:
                tell(f"prompts: {count:,} of {counted(watch.runs, 'run')} {what}")
        if prompter.failures:
            tell(f"prompts: {len(prompter.failures)} proposals failed: {prompter.failures[-1]}")

    def result(self, each: int) -> tuple[Prompts | None, dict[str, Any]]:
        """The best that was measured, held against what was there before, and how it went.

        Args:
            each: The most LM requests of a run.
        """
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
            "settings": chosen.optimizer.settings(chosen.level),
            "questions": {"train": len(self._halves.train), "validation": len(self._halves.validation)},
            "most": {
                "runs": chosen.most.runs, "proposals": chosen.most.proposals, "lm_calls": chosen.most.requests(each),
            },
            "prompter": self._prompter.engine.model.model,
            "runs": self._program.watch.runs,
            "failed": self._program.watch.failed,
            "unjudged": self._program.watch.unjudged,
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
        return prompts, record

    def _progress(self, tell: Callable[[str], None], ran: Callable[[int, int], None]) -> Callable[[int], None]:
        most = self._chosen.most.runs
        every = max(_TOLD_AT_LEAST, round(most * _TOLD_EVERY))

        def told(runs: int) -> None:
            ran(runs, max(runs, most))
            if runs % every == 0:
                tell(f"prompts: {counted(runs, 'run')} of at most {most:,}; {self._meter.sent:,} LM requests sent")

        return told

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
