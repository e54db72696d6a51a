"""How passages came to the answer: the lists behind it, step by step, and the step at which something was lost.

A trace keeps the very objects that steps handed on, so the list that a step was given is the list that another gave:
the same object. From the answer backward this finds the lists that really led to it, through branches, rounds and
elements, and leaves out those that only a gate or a judge has read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ragkit.trace.model import Span, Trace
from ragkit.types import Answer, Parts, Passage, Passages

_CARRIERS = frozenset({Answer, Passages, list, tuple, Parts})
_RETRIEVER = "RETRIEVER"
Holds = Callable[[Passage], bool]


@dataclass(frozen=True, slots=True)
class Loss:
    """A step that was given what was looked for and did not hand it on.

    ``passages`` is the list in which it stood best, ``rank`` its place there, from 1.
    """

    span: Span
    passages: Passages
    rank: int


@dataclass(frozen=True, slots=True)
class Search:
    """What was found behind an answer: the losses, nearest to it first, and what retrieved, in the order of the run."""

    losses: tuple[Loss, ...]
    sources: tuple[Span, ...]


class Lineage:
    """The lists of one run and who made them.

    Args:
        trace: The run, with the objects that its steps handed on (as the engine gives it, not as a store reads it).
    """

    def __init__(self, trace: Trace) -> None:
        self._made: dict[int, list[Span]] = {}
        self._spans = [span for span in trace.spans if span.status in ("ok", "cached")]
        for span in self._spans:
            for value in span.outputs.values():
                for each in objects_in(value):
                    self._made.setdefault(id(each), []).append(span)

    def read(self, answer: Answer) -> tuple[Passages, ...]:
        """The lists that the step which gave this answer was given."""
        span = self._maker(answer, None)
        return () if span is None else _lists(span)

    def sources(self) -> tuple[Span, ...]:
        """Every step of the run that gave passages and was given none: what retrieved."""
        return tuple(span for span in self._spans if _is_source(span) and not span.use.startswith("flow."))

    def standing(self, holds: Holds) -> Iterator[Loss]:
        """Every list of the run in which something that ``holds`` stands, with its best place, as the steps ran."""
        for span in self._spans:
            for value in span.outputs.values():
                for each in objects_in(value):
                    rank = best_rank(each, holds) if isinstance(each, Passages) else None
                    if rank is not None and isinstance(each, Passages):
                        yield Loss(span, each, rank)

    def search(self, output: Answer | Passages, holds: Holds) -> Search:
        """Looks for what was lost on the way to an output that does not hold it.

        From the output backward every list is followed to the step that made it. A step that was given the thing and
        did not hand it on is a loss, and what lies behind it is not looked at; a retriever, and what else gave passages
        and was given none, is a source.
        """
        losses: list[Loss] = []
        sources: list[Span] = []
        seen: set[int] = set()
        ahead: list[tuple[Any, int | None]] = [(output, None)]
        while ahead:
            each, before = ahead.pop(0)
            span = self._maker(each, before)
            if span is None or span.index in seen:
                continue
            seen.add(span.index)
            given = () if span.kind == _RETRIEVER else _lists(span)
            places = [(rank, passages) for passages in given if (rank := best_rank(passages, holds)) is not None]
            if places:
                rank, passages = min(places, key=lambda place: place[0])
                losses.append(Loss(span, passages, rank))
                continue
            if _is_source(span):
                sources.append(span)
            ahead.extend((passages, span.index) for passages in given)
        return Search(tuple(losses), tuple(sorted(sources, key=lambda span: span.index)))

    def _maker(self, value: Any, before: int | None) -> Span | None:
        """The step that made a value: the innermost and last one before the step that reads it."""
        made = [span for span in self._made.get(id(value), ()) if before is None or span.index < before]
        return made[-1] if made else None


def best_rank(passages: Sequence[Passage], holds: Holds) -> int | None:
    """The rank, from 1, of the first passage that ``holds``; None without one."""
    return next((rank for rank, passage in enumerate(passages, start=1) if holds(passage)), None)


def objects_in(value: Any) -> Iterator[Answer | Passages]:
    """The passage lists and answers in a value of a port; an answer's passages count too."""
    if isinstance(value, Answer):
        yield value
        yield value.passages
    elif isinstance(value, Passages):
        yield value
    elif isinstance(value, (list, tuple, Parts)):
        for each in value:
            if type(each) in _CARRIERS:
                yield from objects_in(each)


def _is_source(span: Span) -> bool:
    """A step that gave passages, even none, and was given none to choose from.

    That is one that was given no list, and a retriever, which may read some to learn what to look for. An answer from
    nothing is no passages.
    """
    return (span.kind == _RETRIEVER or not _lists(span)) and any(
        isinstance(each, Passages) and (not isinstance(value, Answer) or len(each) > 0)
        for value in span.outputs.values()
        for each in objects_in(value)
    )


def _lists(span: Span) -> tuple[Passages, ...]:
    """The passage lists that a step was given."""
    return tuple(
        each for value in span.inputs.values() for each in objects_in(value) if isinstance(each, Passages)
    )  # fmt: skip
