"""The nouns: what flows along the edges of a pipeline.

Values are immutable, so that a trace can keep them without copying and steps that run side by side can share them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar, overload

from ragkit.passages import Passage as Passage
from ragkit.passages import Passages as Passages

T = TypeVar("T")


class Parts(Sequence[T], Generic[T]):
    """What a list port is given: the elements, and for each the index of the reference it came from.

    ``passages: [first, each]`` where ``each`` is a list of three lists gives four elements with origins
    ``(0, 1, 1, 1)``. Elements that are nothing have been dropped, so the origins also say which are missing.
    """

    __slots__ = ("items", "origins")

    def __init__(self, items: Iterable[T], origins: Iterable[int] | None = None) -> None:
        self.items = tuple(items)
        self.origins = tuple(range(len(self.items))) if origins is None else tuple(origins)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        return self.items[index]

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Parts):
            return self.items == other.items and self.origins == other.origins
        return isinstance(other, (list, tuple)) and self.items == tuple(other)

    def __hash__(self) -> int:
        return hash((self.items, self.origins))

    def __repr__(self) -> str:
        return f"Parts({list(self.items)!r}, origins={self.origins})"


@dataclass(frozen=True, slots=True)
class Citation:
    """One numbered source of an answer. ``start`` and ``end`` are offsets of ``quote`` in the passage's text."""

    number: int
    passage_id: str
    doc_id: str
    quote: str | None = None
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, its numbered sources and the passages that reached it.

    ``abstained`` answers say in ``text`` why there is none and what was closest.
    """

    text: str
    citations: tuple[Citation, ...] = ()
    passages: Passages = field(default_factory=Passages)
    abstained: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a conversation; ``history`` is a list of them, oldest first."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Token:
    """One token that an LM wrote: ``logprob`` is natural, ``top`` the likeliest tokens of its place with theirs."""

    text: str
    logprob: float
    top: tuple[tuple[str, float], ...] = ()


class Label(str):
    """The label that a router chose: a string that a ``flow.route`` can read."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What a step decided, and on what: shown to the person and kept in the trace.

    ``kept`` and ``of`` count passages (a selector), ``label`` is what a router chose; ``score`` is the number that
    decided and ``threshold`` what it was held against. ``details`` holds the rest under names (a score curve, the
    index of the cut, probabilities).
    """

    kind: Literal[
        "select", "route", "gate", "answer", "stop", "fuse", "order", "expand", "compress", "query", "judge"
    ]  # fmt: skip
    reason: str
    kept: int | None = None
    of: int | None = None
    label: str | None = None
    score: float | None = None
    threshold: float | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Usage:
    """What was spent. A number that is not known is None, never 0; adding None to a number gives None."""

    lm_calls: int = 0
    prompt_tokens: int | None = 0
    completion_tokens: int | None = 0
    retrieval_calls: int = 0
    cached_tokens: int | None = 0
    cost: float | None = 0.0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.lm_calls + other.lm_calls,
            _sum(self.prompt_tokens, other.prompt_tokens),
            _sum(self.completion_tokens, other.completion_tokens),
            self.retrieval_calls + other.retrieval_calls,
            _sum(self.cached_tokens, other.cached_tokens),
            None if self.cost is None or other.cost is None else self.cost + other.cost,
        )


def _sum(left: int | None, right: int | None) -> int | None:
    return None if left is None or right is None else left + right


@dataclass(frozen=True, slots=True)
class Result(Generic[T]):
    """What ``run`` returns when it has more to say than its ports: ``-> Result[Passages]``.

    The engine unwraps it: ``value`` goes to the ports, the rest into the trace and the result document. It is part of
    the value, so that a batch returns one for each item and the step cache gives back the whole of it.
    """

    value: T
    decision: Decision | None = None
    warnings: tuple[str, ...] = ()
    usage: Usage | None = None
