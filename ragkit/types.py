"""The nouns: what flows along the edges of a pipeline.

Values are immutable, so that a trace can keep them without copying and steps that run side by side can share them.
Scores are kept each under its own name; ``ragkit.scores`` says what each means.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Generic, Literal, TypeVar, overload

T = TypeVar("T")
_NO_SCORES: Mapping[str, float] = {}
_NO_METADATA: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit that is retrieved.

    ``start`` and ``end`` are character offsets of ``text`` in its document; ``ordinal`` is its place among the passages
    of that document, from 0. ``parent``, ``previous`` and ``next`` are passage ids (links to climb along).
    ``tokens`` counts title and text as they are sent to an answer, with the corpus encoder's tokenizer; None when not
    known. ``parts`` lists the ids of the passages that a merged one was made from. ``original`` is the passage that
    this one is a copy of with other scores (None: it is no copy), so that what they share is told at a glance.
    """

    id: str
    doc_id: str
    title: str
    text: str
    scores: Mapping[str, float] = field(default_factory=lambda: _NO_SCORES)
    tokens: int | None = None
    start: int | None = None
    end: int | None = None
    ordinal: int = 0
    parent: str | None = None
    previous: str | None = None
    next: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=lambda: _NO_METADATA)
    parts: tuple[str, ...] = ()
    original: Passage | None = field(default=None, init=False, repr=False, compare=False)

    def scored(self, name: str, value: float) -> Passage:
        """A copy with one more score; the scores it has stay."""
        return self.with_scores({**self.scores, name: value})

    def with_scores(self, scores: Mapping[str, float]) -> Passage:
        """A copy with these scores and no others."""
        # A run makes thousands of copies, and the constructor of a frozen class sets every field the long way: a
        # twin that is not frozen is filled and then made a passage, at a fifth of the cost.
        copy: Any = _new(_Draft)
        copy.id, copy.doc_id, copy.title, copy.text = self.id, self.doc_id, self.title, self.text
        copy.scores, copy.tokens, copy.start, copy.end = scores, self.tokens, self.start, self.end
        copy.ordinal, copy.parent, copy.previous, copy.next = self.ordinal, self.parent, self.previous, self.next
        copy.metadata, copy.parts = self.metadata, self.parts
        copy.original = self.original or self
        copy.__class__ = Passage
        return copy  # type: ignore[no-any-return]


class _Draft:
    """A passage while it is filled: the same slots."""

    __slots__ = tuple(field.name for field in fields(Passage))


_new = object.__new__


class Passages(Sequence[Passage]):
    """An ordered list of passages, best first, and the name of the score that last ordered it.

    ``ranked_by`` is None when no score ordered the list (a union, the order of the document).

    A search finds many passages of which few are looked at. ``Passages.scored`` keeps what the index has and a column
    for each score, ``originals`` and ``columns``; a passage with its scores is made when it is asked for, once.
    """

    __slots__ = ("_items", "_made", "columns", "originals", "ranked_by")

    def __init__(self, items: Iterable[Passage] = (), ranked_by: str | None = None) -> None:
        self._items: tuple[Passage, ...] | None = tuple(items)
        self._made: list[Passage | None] = []
        self.originals: Sequence[Passage] = self._items
        self.columns: Mapping[str, Sequence[float]] | None = None
        self.ranked_by = ranked_by

    @classmethod
    def scored(
        cls, originals: Sequence[Passage], columns: Mapping[str, Sequence[float]], ranked_by: str | None = None
    ) -> Passages:
        """Copies of passages with these scores and no others.

        Args:
            originals: The passages, best first.
            columns: For each name of a score one for each passage.
            ranked_by: The name of the score that ordered them.

        Raises:
            ValueError: A column is longer or shorter than the list.
        """
        if any(len(column) != len(originals) for column in columns.values()):
            raise ValueError(f"{len(originals)} passages, and {[len(column) for column in columns.values()]} scores")
        found = cls((), ranked_by)
        found._items, found._made = None, [None] * len(originals)
        found.originals, found.columns = originals, columns
        return found

    @property
    def items(self) -> tuple[Passage, ...]:
        """The passages."""
        if self._items is None:
            self._items = tuple(map(self._at, range(len(self._made))))
        return self._items

    @property
    def made(self) -> Sequence[Passage | None]:
        """Of a list from ``scored`` the passages that somebody has asked for, None in the place of the others."""
        return self._made

    def _at(self, index: int) -> Passage:
        found = self._made[index]
        if found is None:
            assert self.columns is not None
            scores = {name: column[index] for name, column in self.columns.items()}
            found = self._made[index] = self.originals[index].with_scores(scores)
        return found

    @overload
    def __getitem__(self, index: int) -> Passage: ...
    @overload
    def __getitem__(self, index: slice) -> Passages: ...
    def __getitem__(self, index: int | slice) -> Passage | Passages:
        if isinstance(index, slice):
            if self._items is None:
                return Passages(map(self._at, range(*index.indices(len(self._made)))), self.ranked_by)
            return Passages(self._items[index], self.ranked_by)
        return self._at(index) if self._items is None else self._items[index]

    def __len__(self) -> int:
        return len(self.originals)

    def __iter__(self) -> Iterator[Passage]:
        return iter(self.items)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Passages) and self.items == other.items and self.ranked_by == other.ranked_by

    def __hash__(self) -> int:
        return hash((tuple(p.id for p in self.originals), self.ranked_by))

    def __repr__(self) -> str:
        return f"Passages({len(self)} passages, ranked_by={self.ranked_by!r})"

    def score_list(self, name: str | None = None) -> list[float]:
        """The scores in list order, under ``name`` or else ``ranked_by``.

        Raises:
            KeyError: A passage has no score of that name, or the list was ordered by none and none is named.
        """
        chosen = name if name is not None else self.ranked_by
        if chosen is None:
            raise KeyError("this list was not ordered by a score; name one with 'score'")
        if self.columns is not None:
            return list(self.columns[chosen])
        return [p.scores[chosen] for p in self.items]


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
