"""Changes of a YAML text at one place: everything else stays as it was written, comments and blank lines too.

    text = set_value(text, ("steps", "evidence", "buffer"), 3)
    text = without(text, ("steps", "evidence", "buffer"))

Places come from the events of a parser, as in ``ragkit.spec.reading``; the text itself is cut and joined.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    MappingStartEvent,
    ScalarEvent,
)

from ragkit.errors import UsageError
from ragkit.spec.reading.scalars import resolve

_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*\s*)+")
_ODD = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_PLAIN = re.compile(r"[A-Za-z_][\w./@+-]*(?: [\w./@+-]+)*")


@dataclass(slots=True)
class Place:
    """Where one value stands in the text: from ``start`` up to ``end``, anchors and trailing comments left out.

    ``entries`` of a mapping hold, for each key that stands in it, where the key begins and its value. ``braces`` is
    True for ``{…}`` and ``[…]``.
    """

    kind: Literal["map", "list", "scalar", "alias"]
    start: int
    end: int
    braces: bool = False
    entries: dict[str, tuple[int, Place]] = field(default_factory=dict)
    items: list[Place] = field(default_factory=list)

    def find(self, path: Sequence[str]) -> Place | None:
        """The place of the value under these keys; None where one of them does not stand there."""
        place: Place | None = self
        for key in path:
            found = place.entries.get(key) if place is not None else None
            place = None if found is None else found[1]
        return place


def places(text: str) -> Place:
    """Where the values of a text stand.

    Raises:
        UsageError: It is not YAML, or is no mapping.
    """
    try:
        place = _Reader(text).read()
    except (YAMLError, ValueError, OverflowError, RecursionError) as error:
        raise UsageError("the text cannot be changed in place: it is not valid YAML as it stands") from error
    if place is None or place.kind != "map":
        raise UsageError("the text cannot be changed in place: it holds no mapping")
    return place


def set_value(text: str, path: Sequence[str], value: Any) -> str:
    """The text with another value under these keys; the last of them is added where it is not there yet.

    Args:
        text: The YAML.
        path: The keys from the top, ``("steps", "evidence", "buffer")``.
        value: Plain data: a scalar, a list or a mapping.

    Raises:
        UsageError: The mapping that the last key belongs to is not there, or is an alias of another one.
    """
    return set_written(text, path, written(value))


def set_written(text: str, path: Sequence[str], value: str) -> str:
    """The text with another value, given as YAML in one line; otherwise as ``set_value``."""
    *outer, key = path
    top = places(text)
    owner = top.find(outer)
    if owner is None or owner.kind != "map":
        named = ".".join(outer)
        if owner is not None and owner.kind == "alias":
            raise UsageError(f"{named!r} stands elsewhere, under an anchor: change it there")
        raise UsageError(f"there is no mapping {named!r} to change {key!r} in")
    found = owner.entries.get(key)
    if found is None:
        return _added(text, owner, f"{written(key)}: {value}")
    place = found[1]
    space = " " if text[place.start - 1 : place.start] == ":" else ""
    return text[: place.start] + space + value + text[place.end :]


def without(text: str, path: Sequence[str]) -> str:
    """The text without the last of these keys and its value. What is said behind the value goes with it; comments on
    lines of their own stay.

    Raises:
        UsageError: It is not there, or cannot be taken out by itself.
    """
    *outer, key = path
    owner = places(text).find(outer)
    if owner is None or key not in owner.entries:
        raise UsageError(f"there is no {'.'.join(path)!r} to take out")
    names = sorted(owner.entries, key=lambda name: owner.entries[name][0])
    at = names.index(key)
    start, place = owner.entries[key]
    line = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
    following = owner.entries[names[at + 1]][0] if at + 1 < len(names) else None
    if len(names) == 1:
        changed = text[:start] + ("" if owner.braces else "{}") + text[place.end :]
    elif not owner.braces and not text[line:start].strip():
        rest = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)").match(text, place.end)
        assert rest is not None  # it matches nothing at all, too
        changed = text[:line] + text[rest.end() :]
    elif following is not None:
        changed = text[:start] + text[following:]
    else:
        changed = text[: owner.entries[names[at - 1]][1].end] + text[place.end :]
    left = places(changed).find(outer)
    if left is None or left.entries.keys() != owner.entries.keys() - {key}:
        raise UsageError(f"{'.'.join(path)!r} cannot be taken out by itself: change the text")
    return changed


def written(value: Any) -> str:
    """Plain data as YAML in one line, readable as what it was.

    Raises:
        UsageError: It is not plain data.
    """
    if isinstance(value, str):
        plain = _PLAIN.fullmatch(value) is not None and resolve(value) == value
        quoted = json.dumps(value, ensure_ascii=False)
        return value if plain else _ODD.sub(lambda found: f"\\u{ord(found.group()):04x}", quoted)
    if value is None or isinstance(value, (bool, int)):
        return json.dumps(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else ".nan" if math.isnan(value) else f"{'-' * (value < 0)}.inf"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{written(str(key))}: {written(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(written, value)) + "]"
    raise UsageError(f"a value of type {type(value).__name__!r} cannot be written as YAML")


def _added(text: str, owner: Place, line: str) -> str:
    """The text with one more entry at the end of a mapping."""
    if owner.braces:
        behind = max((value.end for _, value in owner.entries.values()), default=owner.start + 1)
        return text[:behind] + (", " if owner.entries else "") + line + text[behind:]
    first = min(start for start, _ in owner.entries.values())
    indent = first - (max(text.rfind("\n", 0, first), text.rfind("\r", 0, first)) + 1)
    newline = "\r\n" if "\r\n" in text else "\n"
    end = re.compile(r"[^\r\n]*").match(text, owner.end)
    assert end is not None  # it matches nothing at all, too
    return f"{text[: end.end()]}{newline}{' ' * indent}{line}{text[end.end() :]}"


class _Reader:
    """Reads the events of one document into places."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._events: Iterator[Any] = iter(())

    def read(self) -> Place | None:
        self._events = iter(YAML(typ="safe", pure=True).parse(self._text))
        for event in self._events:
            if isinstance(event, (ScalarEvent, AliasEvent, CollectionStartEvent)):
                place = self._value(event)
                for _ in self._events:
                    pass  # an error behind the first value is an error of the text
                return place
        return None

    def _value(self, event: Any) -> Place:
        start, end = event.start_mark.index, event.end_mark.index
        if isinstance(event, AliasEvent):
            return Place("alias", start, end)
        tagged = event.anchor is not None or event.tag is not None
        properties = _PROPERTIES.match(self._text, start) if tagged else None
        if properties is not None:
            start = properties.end()
        if isinstance(event, ScalarEvent):
            quoted = event.style is not None and event.style in "\"'"
            return Place("scalar", start, end if quoted else start + len(self._text[start:end].rstrip()))
        if isinstance(event, MappingStartEvent):
            return self._map(Place("map", start, end, bool(event.flow_style)))
        return self._list(Place("list", start, end, bool(event.flow_style)))

    def _map(self, place: Place) -> Place:
        for event in self._events:
            if isinstance(event, CollectionEndEvent):
                return self._ended(place, event, [value for _, value in place.entries.values()])
            key = self._value(event)
            name = event.value if isinstance(event, ScalarEvent) else f"\0{key.start}"
            value = self._value(next(self._events))
            if value.kind == "scalar" and value.start == value.end:
                value.start = value.end = self._behind_colon(key.end)
            place.entries[name] = (key.start, value)
        return place

    def _behind_colon(self, end: int) -> int:
        """Where a value would stand that is not there; the parser says where the next thing begins."""
        colon = re.compile(r"\s*:").match(self._text, end)
        return end if colon is None else colon.end()

    def _list(self, place: Place) -> Place:
        for event in self._events:
            if isinstance(event, CollectionEndEvent):
                return self._ended(place, event, place.items)
            place.items.append(self._value(event))
        return place

    @staticmethod
    def _ended(place: Place, event: Any, inner: Sequence[Place]) -> Place:
        """A block ends with the last thing in it; what the parser calls its end is where the next one begins."""
        place.end = event.end_mark.index if place.braces else max((each.end for each in inner), default=place.start)
        return place
