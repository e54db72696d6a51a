"""Every value that a port can carry, as JSON and back, exactly: traces and the step cache are written with it.

A **document** holds one or more encoded values and the tables they share::

    {"root": …, "contents": [sha, …], "passages": [{"contents": [content, …], "scores": {name: [score, …]}}, …],
     "lists": [[ranked_by, [passage, …]], …]}

``ragkit.trace.values`` says how values look that hold no passages. A passage is split in two: its *content* (all but
the scores) goes to the sink under the SHA-256 of its JSON, so that a passage which a thousand runs retrieved is stored
once. The document keeps the digest; its passages stand in blocks of those that were met together and have the same
scores, numbered one after the other: for each the number of its content, and a column for each score. Scores with
names without Unicode stand as objects, under ``each``. A passage or list that is met again is written as a number.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Callable, MutableMapping, Sequence
from itertools import count
from operator import itemgetter
from typing import Any, ClassVar

import orjson

from ragkit.trace.contents import Content, Contents
from ragkit.trace.values import ValueEncoder, is_unicode, plain_text
from ragkit.types import Passage, Passages

_CONTENTS = {strict: Contents(strict=strict) for strict in (True, False)}


class Encoder(ValueEncoder):
    """Encodes the values of one document.

    Args:
        sink: Is given the JSON of each passage's content under its digest. Without one the contents stand in the
            document itself.
        strict: Refuse values that cannot be restored; otherwise they are kept as ``Opaque``.
    """

    handled: ClassVar[dict[type, str]] = {
        **ValueEncoder.handled, Passage: "_one_passage", Passages: "_passage_list",
    }  # fmt: skip

    def __init__(self, sink: MutableMapping[str, bytes] | None = None, *, strict: bool = True) -> None:
        super().__init__(strict=strict)
        self.contents: Callable[[Sequence[Passage]], Sequence[Content]] = _CONTENTS[strict].of
        self._inline = sink is None
        self._sink: MutableMapping[str, bytes] = {} if sink is None else sink
        self._shas: dict[str, int] = {}
        self._blocks: list[dict[str, Any]] = []
        self._lists: list[list[Any]] = []
        # What is met again is told by its id; all that was met is held, so that nothing else is given that id.
        self._numbers: dict[int, int] = {}
        self._held: list[Any] = []
        # The ids of the passages by number, and where the passages are: from each number on in the source beside it.
        self._ids: list[str] = []
        self._sources: list[tuple[int, Sequence[Passage]]] = []

    def document(self, root: Any) -> dict[str, Any]:
        """The document around ``root``, which is JSON made of what ``value`` gave."""
        contents = [orjson.loads(self._sink[sha]) for sha in self._shas] if self._inline else list(self._shas)
        return {"root": root, "contents": contents, "passages": self._blocks, "lists": self._lists}

    @property
    def ids(self) -> Sequence[str]:
        """The ids of the passages that were met, at the place of their number."""
        return self._ids

    def passage(self, number: int) -> Passage:
        """The passage of a number."""
        first, source = self._sources[bisect_right(self._sources, number, key=itemgetter(0)) - 1]
        return source[number - first]

    def _one_passage(self, value: Passage) -> Any:
        return self._tagged("Passage", self._numbered((value,))[0])

    def _passage_list(self, value: Passages) -> Any:
        number = self._numbers.get(id(value))
        if number is None:
            name = None if value.ranked_by is None else plain_text(value.ranked_by)
            number = self._numbers[id(value)] = len(self._lists)
            self._lists.append([name, self._by_column(value) or self._numbered(value.items)])
            self._held.append(value)
        return self._tagged("Passages", number)

    def _by_column(self, value: Passages) -> list[int]:
        """The numbers of a list that has its scores in columns, none of which was met; else nothing is done."""
        if not value or not value.columns or not all(map(is_unicode, value.columns)):
            return []
        made = {id(passage): place for place, passage in enumerate(value.made) if passage is not None}
        if not self._numbers.keys().isdisjoint(made):
            return []
        first = self._meet(value, value.originals)
        self._numbers.update((each, first + place) for each, place in made.items())
        scores = {name: self._curve(column) for name, column in value.columns.items()}
        self._blocks.append({"contents": self._content_numbers(value.originals), "scores": scores})
        return list(range(first, len(self._ids)))

    def _numbered(self, passages: Sequence[Passage]) -> list[int]:
        """The numbers of passages; those that are met for the first time are written."""
        found = list(map(self._numbers.get, map(id, passages)))
        if None not in found:
            return found  # type: ignore[return-value]
        new = [passage for passage, number in zip(passages, found, strict=True) if number is None]
        groups = _alike(new)
        first = len(self._ids)
        for group in groups:
            self._numbers.update(zip(map(id, group), count(self._meet(group, group))))
            self._blocks.append(self._block(group))
        if len(groups) == 1 and len(new) == len(passages):
            return list(range(first, len(self._ids)))
        return list(map(self._numbers.__getitem__, map(id, passages)))

    def _meet(self, source: Sequence[Passage], passages: Sequence[Passage]) -> int:
        """Numbers the passages of a source, which is held; the first number."""
        first = len(self._ids)
        self._sources.append((first, source))
        self._ids += [passage.id for passage in passages]
        return first

    def _block(self, passages: Sequence[Passage]) -> dict[str, Any]:
        """Scores are most of what a run leaves: where they have plain names they are written by column."""
        contents = self._content_numbers(passages)
        scores: list[Any] = [passage.scores for passage in passages]
        names = [str(name) for name in scores[0] if isinstance(name, str) and is_unicode(name)]
        if len(names) < len(scores[0]) or list(map(type, scores)).count(dict) < len(scores):
            return {"contents": contents, "each": [self.value(each) for each in scores]}
        columns = map(self._curve, zip(*map(dict.values, scores), strict=True))
        return {"contents": contents, "scores": dict(zip(names, columns, strict=True))}

    def _content_numbers(self, passages: Sequence[Passage]) -> list[int]:
        """For each passage the number of its content in this document; copies that differ in scores share it."""
        contents = self.contents([passage.original or passage for passage in passages])
        shas, met = self._shas, len(self._shas)
        numbers = [shas.setdefault(sha, len(shas)) for sha, _ in contents]
        if len(shas) > met:
            self._sink.update(contents)
        return numbers


def _alike(passages: Sequence[Passage]) -> Sequence[Sequence[Passage]]:
    """The passages in groups whose scores have the same names in the same order."""
    names = [list(passage.scores) for passage in passages]
    if names.count(names[0]) == len(names):
        return (passages,)
    groups: dict[tuple[str, ...], list[Passage]] = {}
    for passage, key in zip(passages, map(tuple, names), strict=True):
        groups.setdefault(key, []).append(passage)
    return list(groups.values())


def encode(value: Any, sink: MutableMapping[str, bytes] | None = None) -> dict[str, Any]:
    """One value as a document, JSON-able and lossless; ``decode`` gives it back.

    Args:
        value: Any value of a port, or a ``Result`` around one.
        sink: Collects the contents of the passages as ``{sha: JSON}``; without one they stand in the document.

    Raises:
        TypeError: The value, or one inside it, has no port type.
    """
    encoder = Encoder(sink)
    return encoder.document(encoder.value(value))


def digest(value: Any) -> str:
    """The SHA-256 of a value, contents included: equal for equal values (dicts in the same order) of the same types."""
    return hashlib.sha256(orjson.dumps(encode(value, {}))).hexdigest()
