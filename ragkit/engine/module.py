"""A pipeline as a ``dspy.Module``, for DSPy's own evaluation and optimisers.

The module is a shell: ``forward`` runs the plan and gives a ``dspy.Prediction``. It never calls ``dspy.configure``, and
copies of it share plan, models and indexes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import dspy

from ragkit.engine.pipeline import Pipeline
from ragkit.engine.result import RunResult
from ragkit.types import Turn


class Scope(dspy.Module):  # type: ignore[misc]
    """The LM steps of one scope: a flow step, a branch, an included file. It only holds them; the plan runs them."""


class PipelineModule(dspy.Module):  # type: ignore[misc]
    """One pipeline, as DSPy sees it.

    Example::

        program = ragkit.compile("pipelines/adaptive-k.yaml")
        prediction = program(question="How does Adaptive-k choose k?")
        print(prediction.answer, prediction.citations)
    """

    def __init__(self, pipeline: Pipeline) -> None:
        super().__init__()
        self.pipeline = pipeline
        for path, step in pipeline.lm_steps.items():
            *scopes, name = path.split(".")
            holder: Any = self
            for scope in scopes:
                if scope not in vars(holder):
                    setattr(holder, scope, Scope())
                holder = getattr(holder, scope)
            setattr(holder, name, step.predictor())

    def forward(self, question: str, history: Sequence[Turn] = (), **inputs: Any) -> dspy.Prediction:
        """Runs the plan for one question; safe to call from many threads.

        Returns:
            ``answer`` (str, None where the output is a passage list), ``abstained``, ``citations`` and ``passages``
            (as in the result document), ``route``, ``decisions``, ``usage``, ``stopped`` and ``trace_id``.

        Raises:
            StepError: A step failed: DSPy counts the question as failed.
        """
        result = self.pipeline.run(question, history=history, inputs=inputs, predictors=dict(self.named_predictors()))
        if result.error is not None:
            raise result.error
        return prediction(result)


def prediction(result: RunResult) -> dspy.Prediction:
    """A result as DSPy hands it to a metric."""
    document: Mapping[str, Any] = result.document
    names = ("answer", "abstained", "citations", "passages", "route", "decisions", "usage", "stopped", "trace_id")
    return dspy.Prediction(**{name: document[name] for name in names})


def compile_pipeline(path: Path | str, **options: Any) -> PipelineModule:
    """A pipeline file as a DSPy program; ``options`` are those of ``Pipeline.load``."""
    return PipelineModule(Pipeline.load(path, **options))
