"""The unit that is retrieved, and ordered lists of it; ``ragkit.types`` has the other nouns.

Scores are kept each under its own name; ``ragkit.scores`` says what each means.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, overload

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
