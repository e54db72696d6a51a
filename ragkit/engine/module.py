"""A pipeline as a ``dspy.Module``, for DSPy's own evaluation and optimisers.

The module owns the predictors of the LM steps, each at the path of its step: ``program.ask.draft`` is that of the step
``draft`` in the flow ``ask``. Its ``forward`` runs the plan, and the engine hands each LM step the predictor that the
module has at that moment; so whatever an optimiser leaves in a predictor is what the step asks with, inside routes,
maps and loops too. The module never calls ``dspy.configure``. Copies share plan, models, indexes and connections, and
have predictors and LM settings of their own.
"""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import dspy

from ragkit.engine.pipeline import Pipeline
from ragkit.engine.result import RunResult
from ragkit.errors import UsageError
from ragkit.lm.lm import LM
from ragkit.lm.state import METADATA, fitting, read_state
from ragkit.spec.plan import Model
from ragkit.types import Turn

_UNHEARD = (
    "listeners of dspy.streamify hear nothing from the LM steps of a pipeline: only its prediction comes. "
    "program.pipeline.stream(question) gives the answer while it is written"
)


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
        lms: dict[Model, LM] = {}
        for path, step in pipeline.lm_steps.items():
            *scopes, name = path.split(".")
            holder: Any = self
            for scope in scopes:
                if scope not in vars(holder):
                    setattr(holder, scope, Scope())
                holder = getattr(holder, scope)
            lm = step.open_lm()
            setattr(holder, name, step.predictor(lms.setdefault(lm.engine.model, lm)))

    def forward(self, question: str, history: Sequence[Turn] = (), **inputs: Any) -> dspy.Prediction:
        """Runs the plan for one question; safe to call from many threads.

        Returns:
            ``answer`` (str, None where the output is a passage list), ``abstained``, ``citations`` and ``passages``
            (as in the result document), ``route``, ``decisions``, ``usage``, ``stopped`` and ``trace_id``.

        Raises:
            StepError: A step failed: DSPy counts the question as failed.
            UsageError: An input that the file does not declare, or one that is not of its type.
        """
        if dspy.settings.stream_listeners:
            warnings.warn(_UNHEARD, stacklevel=2)
        result = self.pipeline.run(question, history=history, inputs=inputs, predictors=dict(self.named_predictors()))
        if result.error is not None:
            raise result.error
        return prediction(result)

    async def aforward(self, question: str, history: Sequence[Turn] = (), **inputs: Any) -> dspy.Prediction:
        """``forward`` on a thread of its own."""
        return await asyncio.to_thread(PipelineModule.forward, self, question, history, **inputs)

    def map_named_predictors(self, func: Callable[[Any], Any]) -> PipelineModule:
        """Puts what ``func`` makes of each predictor in its place."""
        for path, predictor in self.named_predictors():
            *scopes, name = path.split(".")
            holder: Any = self
            for scope in scopes:
                holder = getattr(holder, scope)  # a branch may be called `multi-hop`, which DSPy's own way cannot set
            setattr(holder, name, func(predictor))
        return self

    def save(self, path: Any, save_program: bool = False, **options: Any) -> None:
        """Saves instructions, demos and decision fields of every LM step as JSON; never an LM.

        Raises:
            UsageError: The program itself was to be saved, or not as JSON, or DSPy would write over a step's state.
        """
        if save_program or Path(path).suffix != ".json":
            raise UsageError(
                "a pipeline is saved as the state of its LM steps, as .json; the program itself is its YAML file",
                hint='program.save("state.json")',
            )
        if METADATA in dict(self.named_predictors()):
            raise UsageError(
                f"DSPy writes its versions under {METADATA!r} into saved state, and there is an LM step of that name",
                hint="rename the step",
            )
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        super().save(path, **options)

    def load(self, path: Any, allow_pickle: bool = False, allow_unsafe_lm_state: bool = False) -> None:
        """Takes state from a JSON file over, all of it or nothing.

        Raises:
            LMError: The file cannot be read, or is refused as ``load_state`` says.
            UsageError: It is no JSON file.
        """
        if Path(path).suffix != ".json":
            raise UsageError("the state of a pipeline's LM steps is a .json file", hint='program.load("state.json")')
        self.load_state(read_state(Path(path)))

    def load_state(self, state: Mapping[str, Any], *, allow_unsafe_lm_state: bool = False) -> None:
        """Takes saved state over, all of it or nothing.

        Raises:
            LMError: A step is missing on one side, or its fields have changed; every reason is told.
        """
        predictors = dict(self.named_predictors())
        saved = fitting(state, {name: predictor.step_fields for name, predictor in predictors.items()})
        for name, predictor in predictors.items():
            predictor.load_state(saved[name])


def prediction(result: RunResult) -> dspy.Prediction:
    """A result as DSPy hands it to a metric."""
    document: Mapping[str, Any] = result.document
    names = ("answer", "abstained", "citations", "passages", "route", "decisions", "usage", "stopped", "trace_id")
    return dspy.Prediction(**{name: document[name] for name in names})


def compile_pipeline(path: Path | str, **options: Any) -> PipelineModule:
    """A pipeline file as a DSPy program; ``options`` are those of ``Pipeline.load``."""
    return PipelineModule(Pipeline.load(path, **options))
