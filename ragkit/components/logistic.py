"""A logistic regression as plain data: what ``ragkit train`` fits and a run evaluates, without a learning library."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ragkit.errors import TrainedFileError, nearest

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Logistic:
    """Probabilities of classes from named features.

    With two classes there is one row of weights, that of the second; with more there is one for each (multinomial).

    Attributes:
        classes: The classes, at least two.
        names: The features, d of them.
        mean: What is subtracted from each feature.
        scale: What it is then divided by; never 0.
        weights: One row of d numbers for each class, or the one of the second of two.
        bias: One number for each row.
    """

    classes: tuple[str, ...]
    names: tuple[str, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[tuple[float, ...], ...]
    bias: tuple[float, ...]

    def probabilities(self, features: Array) -> Array:
        """The probability of each class; shape (n, d) in, (n, classes) out, rows summing to 1.

        Raises:
            ValueError: The number of features is another.
        """
        import numpy as np

        if features.shape[1] != len(self.names):
            raise ValueError(f"{features.shape[1]} features, trained on {len(self.names)}")
        standard = (features - np.array(self.mean)) / np.array(self.scale)
        score = standard @ np.array(self.weights).T + np.array(self.bias)
        if len(self.classes) == 2:
            score = np.hstack([np.zeros((len(score), 1)), score])
        score -= score.max(axis=1, keepdims=True)
        share = np.exp(score)
        return np.asarray(share / share.sum(axis=1, keepdims=True))

    def contributions(self, row: Array, of: str) -> list[tuple[str, float]]:
        """What each feature adds to the score of a class, the strongest first: why a row was judged as it was.

        Args:
            row: Shape (d,).
            of: The class; of two classes the first has the negated weights of the second.
        """
        place = self.classes.index(of)
        sign = 1.0
        if len(self.classes) == 2:
            sign, place = (1.0 if place else -1.0), 0
        found = [
            (name, sign * weight * (float(value) - mean) / scale)
            for name, weight, value, mean, scale in zip(
                self.names, self.weights[place], row, self.mean, self.scale, strict=True
            )
        ]
        return sorted(found, key=lambda pair: -abs(pair[1]))

    def as_state(self) -> dict[str, Any]:
        """Plain data for a trained file; numbers keep nine significant digits, more than a decision can depend on."""
        return {
            "classes": list(self.classes),
            "names": list(self.names),
            "mean": _short(self.mean),
            "scale": _short(self.scale),
            "weights": [_short(row) for row in self.weights],
            "bias": _short(self.bias),
        }

    @classmethod
    def from_state(cls, state: Any, names: Sequence[str], where: str) -> Logistic:
        """Reads what ``as_state`` gave.

        Args:
            state: The plain data.
            names: The features that this ragkit computes; they must be those it was trained on.
            where: The file, for messages.

        Raises:
            TrainedFileError: Something is missing, no finite number, of another length, or of other features.
        """
        if not isinstance(state, Mapping) or not state.keys() >= _KEYS:
            raise TrainedFileError(f"{where} is damaged: a model needs {', '.join(sorted(_KEYS))}")
        found = cls(
            tuple(map(str, state["classes"])),
            tuple(map(str, state["names"])),
            _numbers(state["mean"], where),
            _numbers(state["scale"], where),
            tuple(_numbers(row, where) for row in state["weights"]),
            _numbers(state["bias"], where),
        )
        width = len(found.names)
        rows = 1 if len(found.classes) == 2 else len(found.classes)
        lengths = {len(found.mean), len(found.scale), *map(len, found.weights)}
        if len(found.classes) < 2 or lengths != {width} or {len(found.weights), len(found.bias)} != {rows}:
            raise TrainedFileError(f"{where} is damaged: its numbers do not fit its {width} features")
        if 0.0 in found.scale:
            raise TrainedFileError(f"{where} is damaged: a scale is 0")
        if found.names != tuple(names):
            strange = next((name for name in found.names if name not in names), None)
            guess = None if strange is None else nearest(strange, names)
            raise TrainedFileError(
                f"{where} was trained on other features than this step computes"
                + (f": {strange!r} is not one of them" if strange else "")
                + (f" ({guess!r} is)" if guess else ""),
                hint="train it again on this pipeline: ragkit train",
            )
        return found


_KEYS = frozenset(("classes", "names", "mean", "scale", "weights", "bias"))


def _short(values: Sequence[float]) -> list[float]:
    return [float(f"{value:.9g}") for value in values]


def _numbers(values: Any, where: str) -> tuple[float, ...]:
    if isinstance(values, list) and all(type(v) in (int, float) and math.isfinite(v) for v in values):
        return tuple(float(value) for value in values)
    raise TrainedFileError(f"{where} is damaged: where numbers should be there is something else")
