"""Which questions all sides have: only those are compared, and what is left out is counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ragkit.errors import UsageError
from ragkit.evaluate.compare.outcome import Outcome
from ragkit.evaluate.compare.side import Side
from ragkit.trace.words import one_line

_WORDS = ("question", "answers", "gold_ids", "kind")


@dataclass(frozen=True, slots=True)
class Alignment:
    """The questions of a comparison.

    Attributes:
        ids: Those that every side has, in the order of the first side.
        left_out: By label, the questions of that side which another side lacks.
    """

    ids: tuple[str, ...]
    left_out: Mapping[str, tuple[str, ...]]


def align(sides: Sequence[Side]) -> Alignment:
    """The questions that all sides have.

    Raises:
        UsageError: There are none, or one id stands for two questions or two sets of right answers.
    """
    first = sides[0]
    common = tuple(id for id in first.outcomes if all(id in side.outcomes for side in sides))
    if not common:
        raise UsageError(
            "the sides have no question in common: " + "; ".join(f"{side.label} has {_some(side)}" for side in sides),
            hint="questions are matched by their id; give every side the same data",
        )
    for id in common:
        for side in sides[1:]:
            _check(id, first, side)
    inside = set(common)
    return Alignment(common, {side.label: tuple(id for id in side.outcomes if id not in inside) for side in sides})


def _check(id: str, first: Side, other: Side) -> None:
    left, right = first.outcomes[id], other.outcomes[id]
    if left.label == right.label:
        return
    word, ours, theirs = next(
        (word, a, b) for word, a, b in zip(_WORDS, left.label, right.label, strict=True) if a != b
    )  # fmt: skip
    raise UsageError(
        f"question {id!r} is not the same on both sides: {word} is {_short(ours)} in {first.label} and "
        f"{_short(theirs)} in {other.label}",
        hint="evaluate both on the same data file",
    )


def _short(value: object) -> str:
    return one_line(repr(list(value) if isinstance(value, tuple) else value), 120)


def _some(side: Side) -> str:
    outcomes: Mapping[str, Outcome] = side.outcomes
    shown = ", ".join(repr(id) for id in list(outcomes)[:3])
    return f"{shown}{' …' if len(outcomes) > 3 else ''}" if shown else "no questions at all"
