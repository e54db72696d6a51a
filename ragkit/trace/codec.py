"""Every value that a port can carry, as JSON and back, exactly: traces and the step cache are written with it.

A **document** holds one or more encoded values and the tables they share::

    {"root": …, "contents": [sha, …], "names": [[name, …], …], "passages": [[content, names, score, …], …],
     "lists": [[ranked_by, [passage, …]], …]}

``ragkit.trace.values`` says how values look that hold no passages. A passage is split in two: its *content* (all but
the scores) goes to the sink under the SHA-256 of its JSON, so that a passage which a thousand runs retrieved is stored
once; the document keeps the digest, and for each passage the numbers of its content and of its scores' names, and the
scores. Scores that are no finite floats stand as an object instead, ``[content, {name: score, …}]``. A passage or list
that is met again is written as a number.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import MutableMapping, Sequence
from itertools import chain, count
from operator import attrgetter
from typing import Any, ClassVar

import orjson

from ragkit.trace.contents import Content, Contents
from ragkit.trace.values import ValueEncoder, is_unicode, plain_text
from ragkit.types import Passage, Passages

_SHOWN = attrgetter("id", "doc_id", "title", "text")
_DICTS = {dict}
_FLOATS = {float}
_STRINGS = {str}

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
        self._inline = sink is None
        self._sink: MutableMapping[str, bytes] = {} if sink is None else sink
        self._contents: dict[str, int] = {}
        self._contents_of: dict[int, int] = {}
        self._names: dict[tuple[str, ...], int] = {}
        self._passages: list[list[Any]] = []
        self._lists: list[list[Any]] = []
        self._seen: dict[int, int] = {}
        self._held: list[Any] = []  # what was seen is kept, so that no other object gets its id
        self._first: list[Passage] = []  # for each content a passage that has it
        self._shown: dict[tuple[Any, ...], int] = {}

    def document(self, root: Any) -> dict[str, Any]:
        """The document around ``root``, which is JSON made of what ``value`` gave."""
        contents = [orjson.loads(self._sink[sha]) for sha in self._contents] if self._inline else list(self._contents)
        names = [list(each) for each in self._names]
        return {"root": root, "contents": contents, "names": names, "passages": self._passages, "lists": self._lists}

    def _one_passage(self, value: Passage) -> Any:
        return self._tagged("Passage", self._numbers((value,))[0])

    def _passage_list(self, value: Passages) -> Any:
        number = self._seen.get(id(value))
        if number is None:
            name = None if value.ranked_by is None else plain_text(value.ranked_by)
            number = self._seen[id(value)] = len(self._lists)
            self._lists.append([name, self._numbers(value.items)])
            self._held.append(value)
        return self._tagged("Passages", number)

    def _numbers(self, passages: Sequence[Passage]) -> list[int]:
        """The numbers of passages; those that are met for the first time are written."""
        numbers = list(map(self._seen.get, map(id, passages)))
        if None not in numbers:
            return numbers  # type: ignore[return-value]
        new = [passage for passage, number in zip(passages, numbers, strict=True) if number is None]
        self._seen.update(zip(map(id, new), count(len(self._passages))))
        self._held += new
        self._passages += [[self._content(passage), *row] for passage, row in zip(new, self._scores(new), strict=True)]
        return list(map(self._seen.__getitem__, map(id, passages)))

    def _scores(self, passages: Sequence[Passage]) -> Sequence[Sequence[Any]]:
        """Scores are most of what a run leaves: where all are finite floats under plain names they pass as they are."""
        scores = [passage.scores for passage in passages]
        if not set(map(type, scores)) <= _DICTS or not set(map(type, chain.from_iterable(scores))) <= _STRINGS:
            return [[self._dict(each)] for each in scores]
        values: list[Any] = [each.values() for each in scores]
        plain = set(map(type, chain.from_iterable(values))) <= _FLOATS
        if not plain or not math.isfinite(sum(chain.from_iterable(values))):
            return [[self._dict(each)] for each in scores]
        names = list(map(tuple, scores))
        for each in set(names).difference(self._names):
            if not all(map(is_unicode, each)):
                return [[self._dict(one)] for one in scores]
            self._names[each] = len(self._names)
        return [(self._names[each], *row) for each, row in zip(names, values, strict=True)]

    def _content(self, passage: Passage) -> int:
        """The number of a passage's content in this document; copies that differ in scores share it."""
        original = passage.original or passage
        number = self._contents_of.get(id(original))
        if number is None:
            sha, body = self.content(original)
            number = self._contents_of[id(original)] = self._contents.setdefault(sha, len(self._first))
            self._held.append(original)
            if number == len(self._first):
                self._first.append(original)
                self._sink.setdefault(sha, body)
        return number

    def content(self, passage: Passage) -> Content:
        """The content of a passage as it is stored."""
        return _CONTENTS[self.strict].of(passage)

    def content_number(self, id: str, doc_id: str, title: str, text: str) -> int | None:
        """The number of the content that a passage in this document has, told by what a result shows of it."""
        for passage in self._first[len(self._shown) :]:
            self._shown[_SHOWN(passage)] = len(self._shown)
        return self._shown.get((id, doc_id, title, text))


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
