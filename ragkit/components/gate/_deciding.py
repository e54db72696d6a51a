"""From an uncertainty to a decision: the threshold of the file, or what ``ragkit train gate`` found."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

from pydantic import Field

from ragkit.component import BINDABLE, Parameters
from ragkit.components.logistic import Logistic
from ragkit.errors import TrainedFileError
from ragkit.trace.words import number
from ragkit.trained import TrainedFile
from ragkit.types import Decision, Result

FEATURE = "uncertainty"
NEEDED = ("not needed", "needed")
"""The classes of a gate's calibration."""


class Gated(NamedTuple):
    """What a gate gives: whether to retrieve, and the uncertainty it was decided by."""

    retrieve: bool
    uncertainty: float


class GateParameters(Parameters):
    """The parameters that every gate with a threshold has."""

    threshold: Annotated[float | None, BINDABLE] = Field(
        None, allow_inf_nan=False, description="retrieve from this uncertainty up, on the scale of the method"
    )
    state: TrainedFile | None = Field(
        None, description="the trained file, relative to this pipeline; 'ragkit train gate'"
    )


def check_threshold(params: GateParameters) -> str | None:
    """What is wrong with the two, as one sentence."""
    if params.threshold is None and params.state is None:
        return "a gate needs 'threshold', or 'state': the file that 'ragkit train gate' writes"
    if params.threshold is not None and params.state is not None:
        return "'threshold' and 'state' both say where to retrieve from; write one of them"
    return None


@dataclass(frozen=True, slots=True)
class Rule:
    """Where a trained gate retrieves from.

    Attributes:
        threshold: On the scale of the method; None where no threshold was worth more than retrieving always.
        calibration: The probability that retrieval is needed, from the uncertainty; None where that is one itself.
    """

    threshold: float | None
    calibration: Logistic | None


class TrainedGate(NamedTuple):
    """What stands in a gate's trained file: the threshold, checked, and the whole state."""

    threshold: float | None
    state: Mapping[str, Any]


def read_threshold(state: TrainedFile, use: str, conditions: Mapping[str, Any]) -> TrainedGate:
    """What a trained file says.

    Args:
        state: The file.
        use: The component.
        conditions: What the uncertainty hangs on (method, how answers are compared …): the training's must be equal.

    Raises:
        TrainedFileError: The file is of another component, of other conditions, or damaged.
    """
    where = f"the trained file {str(state.path)!r}"
    found = state.read(use).state
    for name, wanted in conditions.items():
        if found.get(name) != wanted:
            raise TrainedFileError(
                f"{where} was trained with {name} {found.get(name)!r}; this step has {wanted!r}",
                hint="write what it was trained with, or train it on this pipeline: ragkit train gate",
            )
    threshold = found.get("threshold")
    number_or_none = threshold is None or (type(threshold) in (int, float) and math.isfinite(threshold))
    if "threshold" not in found or not number_or_none:
        raise TrainedFileError(f"{where} is damaged: its threshold is {threshold!r}")
    return TrainedGate(None if threshold is None else float(threshold), found)


def read_rule(state: TrainedFile | None, use: str, conditions: Mapping[str, Any]) -> Rule | None:
    """What a trained file with a calibration says; None where there is none yet.

    Raises:
        TrainedFileError: As ``read_threshold``, or its calibration is damaged.
    """
    if state is None or not state.trained:
        return None
    found = read_threshold(state, use, conditions)
    where = f"the trained file {str(state.path)!r}"
    calibration = Logistic.from_state(found.state.get("calibration"), (FEATURE,), where)
    if set(calibration.classes) != set(NEEDED):
        raise TrainedFileError(f"{where} is damaged: it tells {', '.join(calibration.classes)} apart")
    return Rule(found.threshold, calibration)


def chance_needed(calibration: Logistic, uncertainty: float) -> float:
    """The probability that retrieval is needed."""
    import numpy as np

    shares = calibration.probabilities(np.array([[uncertainty]]))[0]
    return float(shares[calibration.classes.index(NEEDED[1])])


def gated(
    method: str, scale: str, uncertainty: float, given: float | None, rule: Rule | None, details: Mapping[str, Any]
) -> Result[Gated]:
    """Decides.

    Args:
        method: The measure's name.
        scale: The numbers that it can give.
        uncertainty: What it gave.
        given: The threshold of the step's parameters; None where it is trained.
        rule: What was trained; None for a step that was not, which then retrieves always.
        details: More for the trace.
    """
    told = {"method": method, "scale": scale, "direction": "higher is less certain", **details}
    words = method.replace("_", " ")
    if rule is not None and rule.calibration is not None:
        told["chance that retrieval is needed"] = chance_needed(rule.calibration, uncertainty)
    threshold = given if given is not None or rule is None else rule.threshold
    if threshold is None:
        trained = "no threshold was trained ('ragkit train gate')"
        if rule is not None:
            trained = "training found no threshold that is worth more"
        why = f"retrieves always: {words} {number(uncertainty)}, and {trained}"
        decision = Decision("gate", why, score=uncertainty, details=told)
        return Result(Gated(True, uncertainty), decision, () if rule is not None else (why,))
    retrieve = uncertainty >= threshold
    reason = (
        f"{'retrieve' if retrieve else 'no retrieval'}: {words} {number(uncertainty)} is "
        f"{'at least' if retrieve else 'under'} {number(threshold)}"
    )
    decision = Decision("gate", reason, score=uncertainty, threshold=threshold, details=told)
    return Result(Gated(retrieve, uncertainty), decision)
