"""What a trained ``route.cost`` knows: how probably each branch is wrong on a question, and what it spends."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ragkit.components.logistic import Logistic
from ragkit.errors import TrainedFileError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

WRONG, RIGHT = "wrong", "right"


@dataclass(frozen=True, slots=True)
class Branch:
    """One branch.

    Attributes:
        model: How probably it is wrong; None where it was always or never so in training.
        wrong: The share of the training's questions that it got wrong, smoothed; what is predicted without a model.
        spent: What it spends on a question, by name, on average over the training.
    """

    model: Logistic | None
    wrong: float
    spent: Mapping[str, float]

    def losses(self, rows: npt.NDArray[np.float64]) -> list[float]:
        """How probably it is wrong on each question; rows of shape (n, d)."""
        if self.model is None:
            return [self.wrong] * len(rows)
        place = self.model.classes.index(WRONG)
        return [float(share) for share in self.model.probabilities(rows)[:, place]]

    def as_state(self) -> dict[str, Any]:
        """Plain data for a trained file."""
        model = None if self.model is None else self.model.as_state()
        return {"model": model, "wrong": round(self.wrong, 6), "spent": dict(self.spent)}


def weighted_cost(
    given: Mapping[str, float], spent: Mapping[str, float], weights: Mapping[str, float], weight: float
) -> float:
    """What a branch costs, in units of loss.

    Args:
        given: Its costs as the file has them; they stand before what was measured.
        spent: Its measured costs.
        weights: What one unit of each cost is worth.
        weight: How much all of them count.

    Raises:
        KeyError: A weighted cost is neither given nor measured.
    """
    costs = {**spent, **given}
    return weight * sum(value * costs[name] for name, value in weights.items())


def read_branches(state: Any, labels: Sequence[str], names: Sequence[str], where: str) -> dict[str, Branch]:
    """Reads the branches of a trained file, in the order of the labels.

    Args:
        state: What ``as_state`` gave, by label.
        labels: The labels of the step.
        names: The features that are computed.
        where: The file, for messages.

    Raises:
        TrainedFileError: It was trained for other labels or other features, or is damaged.
    """
    if not isinstance(state, Mapping):
        raise TrainedFileError(f"{where} is damaged: its 'branches' are no mapping")
    if set(state) != set(labels):
        raise TrainedFileError(
            f"{where} was trained for the labels {', '.join(state)}; this step has {', '.join(labels)}",
            hint="train it again on this pipeline: ragkit train router",
        )
    return {label: _branch(state[label], names, f"{where}, branch {label!r},") for label in labels}


def _branch(state: Any, names: Sequence[str], where: str) -> Branch:
    if not isinstance(state, Mapping) or not {"model", "wrong", "spent"} <= state.keys():
        raise TrainedFileError(f"{where} is damaged: it needs 'model', 'wrong' and 'spent'")
    wrong, spent = state["wrong"], state["spent"]
    if not _is_number(wrong) or not 0 <= wrong <= 1:
        raise TrainedFileError(f"{where} is damaged: 'wrong' is {wrong!r}, a share from 0 to 1 is expected")
    if not isinstance(spent, Mapping) or not all(_is_number(value) and value >= 0 for value in spent.values()):
        raise TrainedFileError(f"{where} is damaged: 'spent' holds something else than amounts")
    model = None if state["model"] is None else Logistic.from_state(state["model"], names, where)
    if model is not None and WRONG not in model.classes:
        raise TrainedFileError(f"{where} is damaged: its model tells {' from '.join(model.classes)}, not {WRONG!r}")
    return Branch(model, float(wrong), {str(name): float(value) for name, value in spent.items()})


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)
