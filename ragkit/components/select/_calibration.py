"""The curve of a trained selector: what each threshold kept and found on questions that its model had not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ragkit.errors import TrainedFileError, UsageError

_COLUMNS = ("threshold", "recall", "precision", "tokens", "kept")


@dataclass(frozen=True, slots=True)
class Point:
    """What one threshold gave, as means over questions: recall and precision of documents, tokens, passages kept."""

    threshold: float
    recall: float
    precision: float
    tokens: float
    kept: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Points in descending order of threshold, measured on ``questions`` questions by cross-validation."""

    points: tuple[Point, ...]
    questions: int

    def at_recall(self, target: float) -> Point:
        """The highest threshold whose recall reached the target.

        Raises:
            UsageError: None did.
        """
        found = next((point for point in self.points if point.recall >= target), None)
        if found is None:
            most = max(point.recall for point in self.points)
            raise UsageError(
                f"a recall of {target:g} was not reached on the {self.questions} questions of the training; "
                f"the most was {most:.3f}, with everything kept",
                hint=f"ask for at most {most:.3f}, or give the step more candidates and train again",
            )
        return found

    def at_precision(self, target: float) -> Point:
        """The lowest threshold of those down to which precision stayed at the target or above.

        Raises:
            UsageError: Not even the highest reached it.
        """
        found = None
        for point in self.points:
            if point.precision < target:
                break
            found = point
        if found is None:
            raise UsageError(
                f"a precision of {target:g} was not reached on the {self.questions} questions of the training; "
                f"the most was {self.points[0].precision:.3f}",
                hint=f"ask for at most {self.points[0].precision:.3f}",
            )
        return found

    def at_tokens(self, target: float) -> Point:
        """The lowest threshold whose mean tokens stayed at the target or below.

        Raises:
            UsageError: Not even the highest did.
        """
        found = None
        for point in self.points:
            if point.tokens > target:
                break
            found = point
        if found is None:
            raise UsageError(
                f"a mean of {target:g} tokens was not reached on the {self.questions} questions of the training; "
                f"one passage for each takes {self.points[0].tokens:.0f}",
                hint=f"ask for at least {self.points[0].tokens:.0f}, or cut with 'max_tokens'",
            )
        return found

    def as_state(self) -> dict[str, Any]:
        """Plain data for a trained file."""
        rows = [[float(f"{getattr(point, name):.6g}") for name in _COLUMNS] for point in self.points]
        return {"columns": list(_COLUMNS), "points": rows, "questions": self.questions}

    @classmethod
    def from_state(cls, state: Any, where: str) -> Calibration:
        """Reads what ``as_state`` gave.

        Raises:
            TrainedFileError: It is no curve.
        """
        try:
            if tuple(state["columns"]) != _COLUMNS or not state["points"]:
                raise TrainedFileError(f"{where} is damaged: its curve has other columns, or no points")
            points = tuple(Point(*(float(value) for value in row)) for row in state["points"])
            return cls(points, int(state["questions"]))
        except (KeyError, TypeError, ValueError) as error:
            raise TrainedFileError(f"{where} is damaged: its curve cannot be read") from error


def curve(
    probabilities: Sequence[Sequence[float]],
    gains: Sequence[Sequence[float]],
    tokens: Sequence[Sequence[int]],
    *,
    points: int = 200,
) -> Calibration:
    """Measures thresholds on questions whose probabilities came from models that had not seen them.

    The best passage of each question is always kept, as the selector does. Thresholds are set between probabilities, at
    steps of equal size in passages kept.

    Args:
        probabilities: For each question, of each passage.
        gains: For each question, the share of its relevant documents that each passage brings first: 0 for a passage of
            no relevant document or of one that a higher passage brought.
        tokens: For each question, of each passage.
        points: At most so many.
    """
    import numpy as np

    n = len(probabilities)
    chance = np.concatenate([np.asarray(row, dtype=float) for row in probabilities])
    gain = np.concatenate([np.asarray(row, dtype=float) for row in gains])
    size = np.concatenate([np.asarray(row, dtype=float) for row in tokens])
    own = np.concatenate([np.full(len(row), place) for place, row in enumerate(probabilities)])
    best = np.concatenate([np.arange(len(row)) == int(np.argmax(row)) for row in probabilities])
    order = np.argsort(-np.where(best, 2.0, chance), kind="stable")
    chance, gain, size, own, best = chance[order], gain[order], size[order], own[order], best[order]
    recall, used = np.cumsum(gain) / n, np.cumsum(size) / n
    kept_of, hits_of = np.zeros(n), np.zeros(n)
    precision, ratio = np.empty(len(chance)), np.zeros(n)
    total = 0.0
    for place, question in enumerate(own):
        kept_of[question] += 1
        hits_of[question] += gain[place] > 0
        new = hits_of[question] / kept_of[question]
        total += new - ratio[question]
        ratio[question] = new
        precision[place] = total / n
    ends = np.unique(np.linspace(n - 1, len(chance) - 1, points).astype(int))
    found = []
    for end in ends:
        following = chance[end + 1] if end + 1 < len(chance) else 0.0
        last = chance[end] if not best[end] else 1.0
        found.append(
            Point(
                float((last + following) / 2) if following < last else float(last),
                float(recall[end]), float(precision[end]), float(used[end]), float((end + 1) / n),
            )
        )  # fmt: skip
    return Calibration(tuple(found), n)
