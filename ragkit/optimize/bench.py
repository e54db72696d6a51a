"""Trying values: a pipeline with some values chosen, run over questions, its steps' results kept for the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ragkit.components.catalogue import Catalogue
from ragkit.engine import Pipeline
from ragkit.engine.cache import StepCache
from ragkit.engine.scope import Corpora
from ragkit.evaluate.known import KnownDocuments
from ragkit.evaluate.questions import Question
from ragkit.evaluate.row import Row, slim
from ragkit.evaluate.runner import Runner
from ragkit.evaluate.settings import Settings
from ragkit.project import Project
from ragkit.spec.load import load
from ragkit.spec.plan import Plan


class Bench:
    """Runs a pipeline file under many choices of values.

    Steps whose parameters and inputs did not change are read from the step cache, so that a sweep over a selector
    neither encodes nor retrieves twice; and no question is run twice under the same plan.

    Args:
        path: The pipeline file.
        project: Its project; its indexes must be there.
    """

    def __init__(self, path: Path, project: Project) -> None:
        self._path = path
        self._project = project
        self._corpora = Corpora(project.corpora, project.state)
        self._cache = StepCache(project.state / "cache.db")
        self._rows: dict[tuple[str, str], Row] = {}
        self.runs = 0
        """How many questions have run, each under one plan."""

    def plan(self, choices: Mapping[str, Any]) -> Plan:
        """The plan under these values.

        Raises:
            SpecError: They do not fit the file.
        """
        return load(self._path, catalogue=Catalogue(), choices=choices, corpora=self._project.corpora)

    def rows(self, choices: Mapping[str, Any], questions: Sequence[Question]) -> list[Row]:
        """The rows of the questions under these values, without texts."""
        plan = self.plan(choices)
        missing = [question for question in questions if (plan.hash, question.id) not in self._rows]
        if missing:
            known = KnownDocuments([self._corpora.open(name).reader() for name in plan.corpora])
            pipeline = Pipeline(plan, corpora=self._corpora, cache=self._cache)
            runner = Runner(pipeline, Settings(), known if plan.corpora else None)
            for start in range(0, len(missing), runner.portion):
                part = missing[start : start + runner.portion]
                for question, row in zip(part, runner.rows(part), strict=True):
                    self._rows[plan.hash, question.id] = slim(row)
            self.runs += len(missing)
        return [self._rows[plan.hash, question.id] for question in questions]

    def close(self) -> None:
        """Closes the cache."""
        self._cache.close()
