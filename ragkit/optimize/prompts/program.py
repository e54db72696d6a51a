"""The pipeline as DSPy's optimisers run it: no run raises, each knows what it was told, and the budget ends it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import dspy
import orjson

from ragkit.engine import Pipeline
from ragkit.engine.module import PipelineModule, prediction
from ragkit.engine.result import RunResult
from ragkit.errors import EvaluationError
from ragkit.evaluate.question import Question
from ragkit.evaluate.row import unavailable
from ragkit.optimize.limits import SpentError
from ragkit.optimize.prompts.exhausted import ExhaustedError, LostError
from ragkit.optimize.prompts.meter import Meter
from ragkit.optimize.prompts.prompts import Prompts
from ragkit.optimize.pulse import Pulse
from ragkit.types import Turn


class Watch:
    """What all copies of a program share: the meter, the prompts that were seen, how many runs there were.

    Args:
        meter: Counts requests, and says when they are not paid any more.
        pulse: Feels whether LMs and judge still answer; None: nobody does.
    """

    def __init__(self, meter: Meter, pulse: Pulse | None = None) -> None:
        self.meter = meter
        self.pulse = pulse
        self.lost: LostError | None = None
        """The LMs answer no more."""
        self.failed = 0
        """How many runs failed."""
        self.unjudged = 0
        """On how many the judge gave no verdict."""
        self.seen: dict[str, Prompts] = {}
        self.runs = 0
        self.tell: Callable[[int], None] = lambda runs: None
        """Is told of each run, how many there were."""
        self._lock = threading.Lock()

    def ran(self, failed: bool = False) -> None:
        """Counts a run."""
        with self._lock:
            self.runs += 1
            self.failed += failed
            self.tell(self.runs)

    def check(self) -> None:
        """Looks whether there is any use in running on.

        Raises:
            ExhaustedError: The budget has ended: the last run may have gone without some of its requests.
            LostError: The LMs answer no more.
        """
        if self.meter.refused is not None:
            raise ExhaustedError(self.meter.refused)
        if self.lost is not None:
            raise self.lost

    def verdict(self, question: Question, result: RunResult) -> dict[str, Any]:
        """What the judge says of a run.

        Raises:
            ExhaustedError: The budget has ended.
            LostError: LM or judge answer no more.
        """
        pulse = self.pulse
        assert pulse is not None
        found: dict[str, Any] = self.felt(lambda: pulse.verdict(question, result))
        with self._lock:
            self.unjudged += found["error"] is not None
        return found

    def felt(self, feel: Callable[[], Any]) -> Any:
        """What ``feel`` gives, which finds out whether LM or judge answers.

        Raises:
            ExhaustedError: The budget has ended.
            LostError: They answer no more.
        """
        try:
            found = feel()
        except SpentError as error:
            raise ExhaustedError(str(error)) from error
        except EvaluationError as error:
            self.lost = self.lost or LostError(error)
            raise self.lost from error
        self.check()
        return found

    def __deepcopy__(self, memo: dict[int, Any]) -> Watch:
        return self


class Program(PipelineModule):
    """A compiled pipeline for optimisers.

    Its predictions carry the run itself (``run_of``) and the key of the prompts that it was asked with (``key_of``). A
    step that fails gives a prediction without an answer, which the metric scores as ``ragkit eval`` would; DSPy would
    end a whole evaluation after ten exceptions.

    Args:
        pipeline: The pipeline.
        watch: What it shares with its copies.
    """

    def __init__(self, pipeline: Pipeline, watch: Watch) -> None:
        super().__init__(pipeline)
        self.watch = watch

    def forward(self, question: str, history: Sequence[Turn] = (), **inputs: Any) -> dspy.Prediction:
        """Runs the plan for one question.

        Raises:
            ExhaustedError: The budget does not pay for it.
            LostError: The LMs answer no more.
        """
        watch = self.watch
        watch.check()
        predictors = dict(self.named_predictors())
        key = self._key(predictors)
        result = self.pipeline.run(question, history=history, inputs=inputs, predictors=predictors)
        watch.check()
        if watch.pulse is not None and unavailable(result):
            assert result.error is not None
            lost, pulse = {"unavailable": True, "error": result.error.as_dict()}, watch.pulse
            watch.felt(lambda: pulse.feel([lost]))
            result = self.pipeline.run(question, history=history, inputs=inputs, predictors=predictors)
            watch.check()
        watch.ran(result.error is not None)
        found = prediction(result)
        found._run, found._key = result, key
        return found

    def set_lm(self, lm: Any) -> None:
        """Takes settings over (SIMBA's temperature and rollout); each step keeps asking its own LM."""
        settings = {name: value for name, value in lm.kwargs.items() if name in ("temperature", "rollout_id")}
        for _, predictor in self.named_predictors():
            predictor.lm = predictor.own_lm.copy(**settings)

    def get_lm(self) -> Any:
        """The LM of the first step: SIMBA copies it for its settings."""
        return next(predictor.lm for _, predictor in self.named_predictors())

    @property
    def prompts(self) -> Prompts:
        """What its steps are told and shown."""
        return Prompts({path: predictor.dump_state() for path, predictor in self.named_predictors()})

    @property
    def key(self) -> str:
        """The key of its prompts."""
        return self._key(dict(self.named_predictors())) or ""

    def _key(self, predictors: Mapping[str, Any]) -> str | None:
        """The key of these prompts; None where an LM is asked with settings that are not its step's."""
        if any((one.lm or one.own_lm).kwargs != one.own_lm.kwargs for one in predictors.values()):
            return None
        plain = [
            [path, one.signature.instructions, [dict(demo) for demo in one.demos]] for path, one in predictors.items()
        ]
        key = hashlib.sha256(orjson.dumps(plain, default=str, option=orjson.OPT_NON_STR_KEYS)).hexdigest()
        if key not in self.watch.seen:
            self.watch.seen[key] = self.prompts
        return key


def run_of(found: dspy.Prediction) -> RunResult:
    """The run behind a prediction."""
    run: RunResult = found._run
    return run


def key_of(found: dspy.Prediction) -> str | None:
    """The key of the prompts that it was asked with; None where its LMs had other settings than their steps'."""
    key: str | None = found._key
    return key
