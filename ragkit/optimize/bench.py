"""Trying values and prompts: a pipeline with some chosen, run over questions, what it did kept for the next."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragkit.components.catalogue import Catalogue
from ragkit.engine import Pipeline
from ragkit.engine.cache import StepCache
from ragkit.engine.scope import Corpora
from ragkit.evaluate.judge import Judge
from ragkit.evaluate.known import KnownDocuments
from ragkit.evaluate.questions import Question
from ragkit.evaluate.row import Row, slim
from ragkit.evaluate.runner import Runner
from ragkit.evaluate.settings import Settings
from ragkit.lm.cache import ResponseCache
from ragkit.lm.step import LMStep
from ragkit.optimize.pulse import Pulse, is_unanswered, pays
from ragkit.project import Project
from ragkit.spec.cut import steps_of
from ragkit.spec.load import load
from ragkit.spec.plan import Model, Plan

if TYPE_CHECKING:
    from ragkit.optimize.prompts.prompts import Prompts


@dataclass(frozen=True, slots=True)
class Told:
    """A bench whose LM steps are told and shown these prompts."""

    bench: Bench
    prompts: Prompts | None

    @property
    def runs(self) -> int:
        """As of the bench."""
        return self.bench.runs

    def rows(self, choices: Mapping[str, Any], questions: Sequence[Question]) -> list[Row]:
        """The rows of the questions under these values and the prompts."""
        return self.bench.rows(choices, questions, self.prompts)

    def went_well(self, choices: Mapping[str, Any], question: Question) -> None:
        """As of the bench, with the prompts."""
        self.bench.went_well(choices, question, self.prompts)


class Bench:
    """Runs a pipeline file under many choices of values, and with many prompts.

    Steps whose parameters and inputs did not change are read from the step cache, so that a sweep over a selector
    neither encodes nor retrieves twice; what LMs said is kept likewise; and no question is run twice under the same
    plan and prompts. A question that failed because an LM, or the judge, answered nobody is run once more, where they
    answer again.

    Args:
        path: The pipeline file.
        project: Its project; its indexes must be there.
        judge: The LM that judges answers; None lets nobody judge them.
        ran: Is told, while questions run, how many of how many have.
    """

    def __init__(
        self, path: Path, project: Project, judge: Model | None = None,
        ran: Callable[[int, int], None] = lambda done, of: None,
    ) -> None:  # fmt: skip
        self._path = path
        self._project = project
        self._corpora = Corpora(project.corpora, project.state)
        self._cache = StepCache(project.state / "cache.db")
        self.responses = ResponseCache(project.state / "responses.db")
        """What LMs said."""
        self.judge = None if judge is None else Judge(judge, self.responses)
        """Who judges the answers; None: nobody."""
        self.pulse = Pulse(self.judge)
        """Whether LM and judge still answer."""
        self.ran = ran
        """Is told how many questions of how many have run."""
        self._rows: dict[tuple[str, str, str], Row] = {}
        self.runs = 0
        """How many questions have run, each under one plan."""

    def plan(self, choices: Mapping[str, Any], prompts: Prompts | None = None) -> Plan:
        """The plan under these values; instructions that are not the steps' own are values too.

        Raises:
            SpecError: They do not fit the file.
        """
        plan = self._load(choices)
        told = {} if prompts is None else told_anew(plan, prompts)
        return (
            self._load({**choices, **{f"{path}.instructions": text for path, text in told.items()}}) if told else plan
        )

    def pipeline(self, choices: Mapping[str, Any], prompts: Prompts | None = None) -> Pipeline:
        """The pipeline under these values, with these prompts."""
        plan = self.plan(choices, prompts)
        pipeline = Pipeline(plan, corpora=self._corpora, cache=self._cache, responses=self.responses)
        self._tell(pipeline, prompts)
        return pipeline

    def rows(
        self, choices: Mapping[str, Any], questions: Sequence[Question], prompts: Prompts | None = None
    ) -> list[Row]:
        """The rows of the questions under these values and prompts, without texts.

        Raises:
            SpentError: What pays here did not pay for one of them.
            EvaluationError: An LM, or the judge, does not answer any more.
        """
        plan = self.plan(choices, prompts)
        told = "" if prompts is None else prompts.digest
        missing = [question for question in questions if (plan.hash, told, question.id) not in self._rows]
        if missing:
            known = KnownDocuments([self.reader(name) for name in plan.corpora])
            pipeline = self.pipeline(choices, prompts)
            runner = Runner(pipeline, Settings(judge=self.judge), known if plan.corpora else None)
            had = len(questions) - len(missing)
            for start in range(0, len(missing), runner.portion):
                self.ran(had + start, len(questions))
                part = missing[start : start + runner.portion]
                for question, row in zip(part, self._answered(runner, part, choices, prompts), strict=True):
                    self._rows[plan.hash, told, question.id] = slim(row)
            self.ran(len(questions), len(questions))
            self.runs += len(missing)
        return [self._rows[plan.hash, told, question.id] for question in questions]

    def alone(
        self, choices: Mapping[str, Any], questions: Sequence[Question], prompts: Prompts | None = None
    ) -> list[Row]:
        """The rows of questions that are asked one after the other, without a cache: each has a time of its own.

        Raises:
            SpentError: What pays here did not pay for one of them.
            EvaluationError: An LM does not answer any more.
        """
        pipeline = Pipeline(self.plan(choices, prompts), corpora=self._corpora)
        self._tell(pipeline, prompts)
        runner = Runner(pipeline, Settings(single=True), None)
        rows: list[Row] = []
        for number, question in enumerate(questions):
            self.ran(number, len(questions))
            (row,) = runner.rows([question])
            pays()
            if is_unanswered(row):
                self.pulse.feel([row])
                (row,) = runner.rows([question])
                pays()
            rows.append(row)
        self.ran(len(questions), len(questions))
        return rows

    def went_well(self, choices: Mapping[str, Any], question: Question, prompts: Prompts | None = None) -> None:
        """Takes note of a question that ran without a failure, to see by it later whether an LM still answers."""
        self.pulse.went_well(functools.partial(self._again, dict(choices), prompts, question))

    def requests(self, plan: Plan) -> int:
        """The most LM requests that a run of a question takes, that to the judge with it."""
        return plan.calls.lm + (self.judge is not None)

    @property
    def corpora(self) -> Path:
        """Where the project's corpora are."""
        return self._project.corpora

    def told(self, prompts: Prompts | None) -> Told:
        """This bench with these prompts."""
        return Told(self, prompts)

    def reader(self, corpus: str) -> Any:
        """The reader of a corpus."""
        return self._corpora.open(corpus).reader()

    def close(self) -> None:
        """Closes the caches."""
        self._cache.close()
        self.responses.close()

    def _answered(
        self, runner: Runner, questions: Sequence[Question], choices: Mapping[str, Any], prompts: Prompts | None
    ) -> list[Row]:
        """The rows of questions, those that nobody answered asked once more."""
        rows = runner.rows(questions)
        pays()
        for question, row in zip(questions, rows, strict=True):
            if row["error"] is None:
                self.went_well(choices, question, prompts)
                break
        lost = [place for place, row in enumerate(rows) if is_unanswered(row)]
        if lost:
            self.pulse.feel([rows[place] for place in lost])
            for place, row in zip(lost, runner.rows([questions[place] for place in lost]), strict=True):
                rows[place] = row
            pays()
        return rows

    def _again(self, choices: Mapping[str, Any], prompts: Prompts | None, question: Question) -> Row:
        pipeline = Pipeline(self.plan(choices, prompts), corpora=self._corpora)
        self._tell(pipeline, prompts)
        (row,) = Runner(pipeline, Settings(single=True), None).rows([question])
        pays()
        return row

    @staticmethod
    def _tell(pipeline: Pipeline, prompts: Prompts | None) -> None:
        if prompts is not None:
            steps = pipeline.lm_steps
            for path, state in prompts.for_steps(steps).steps.items():
                steps[path].tuned = state

    def _load(self, choices: Mapping[str, Any]) -> Plan:
        return load(self._path, catalogue=Catalogue(), choices=choices, corpora=self._project.corpora)


def told_anew(plan: Plan, prompts: Prompts) -> dict[str, str]:
    """The instructions of those LM steps of a plan that are told something else than the plan tells them."""
    found = {}
    for step in steps_of(plan.root):
        if issubclass(step.component, LMStep) and step.path in prompts.steps:
            now = step.component.signature_of(step.params).instructions
            new = prompts.instructions[step.path]
            if inspect.cleandoc(new) != inspect.cleandoc(now):
                found[step.path] = new
    return found
