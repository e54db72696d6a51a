"""What a step did to passages: which came in, which went out, and how their ranks moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ragkit.trace.model import Span
from ragkit.types import Answer, Parts, Passage, Passages


@dataclass(frozen=True, slots=True)
class Move:
    """One passage that a step gave. ``rank`` counts from 1; ``before`` holds its rank in each list that came in."""

    passage: Passage
    rank: int
    before: tuple[int | None, ...]

    @property
    def arrow(self) -> str:
        """``↑2``, ``↓1``, ``=`` or ``new``; where several lists came in, the ranks in each: ``3 –``."""
        if len(self.before) > 1:
            return " ".join("–" if rank is None else str(rank) for rank in self.before)
        if not self.before:
            return ""
        old = self.before[0]
        if old is None:
            return "new"
        return "=" if old == self.rank else f"{'↑' if old > self.rank else '↓'}{abs(old - self.rank)}"


@dataclass(frozen=True, slots=True)
class Movement:
    """The passages of one step. ``lists`` are those that came in; ``dropped`` came in and did not go out.

    What a retriever read and does not hand on is not dropped: it gives what it found.
    """

    lists: tuple[Passages, ...]
    given: Passages
    moves: tuple[Move, ...]
    dropped: tuple[Passage, ...]

    @property
    def cuts_only(self) -> bool:
        """True when the step took one list and gave the beginning of it, in its order."""
        return len(self.lists) == 1 and all(move.before == (move.rank,) for move in self.moves)


def movement(span: Span) -> Movement | None:
    """What a step did to passages, or None where it gave no passage list (an answer's passages count as given)."""
    given = next(_given(span.outputs.values()), None)
    if given is None:
        return None
    lists = tuple(_lists(span.inputs.values()))
    ranks = [{passage.id: rank for rank, passage in reversed(list(enumerate(each, start=1)))} for each in lists]
    moves = tuple(
        Move(passage, rank, tuple(places.get(passage.id) for places in ranks))
        for rank, passage in enumerate(given, start=1)
    )
    kept = {passage.id for passage in given} | {part for passage in given for part in passage.parts}
    dropped: dict[str, Passage] = {}
    for each in () if span.kind == "RETRIEVER" else lists:
        for passage in each:
            if passage.id not in kept:
                dropped.setdefault(passage.id, passage)
    return Movement(lists, given, moves, tuple(dropped.values()))


def _given(values: Any) -> Iterator[Passages]:
    for value in values:
        if isinstance(value, Passages):
            yield value
        elif isinstance(value, Answer) and value.passages:
            yield value.passages


def _lists(values: Any) -> Iterator[Passages]:
    for value in values:
        if isinstance(value, Passages):
            yield value
        elif isinstance(value, (Parts, list, tuple)):
            yield from (item for item in value if isinstance(item, Passages))
