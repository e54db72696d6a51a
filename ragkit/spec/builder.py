"""From the events of a YAML parser to a tree of nodes.

Reading events rather than a finished document keeps the exact place of every key and value, stops at once where
anchors or nesting get out of hand, and goes on after a finding, so that one reading reports as much as it can.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
)

from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.interpolate import expand
from ragkit.spec.lexical import Places
from ragkit.spec.nodes import Node
from ragkit.spec.plan import Position
from ragkit.spec.scalars import resolve
from ragkit.spec.wording import explain

MOST_VALUES = 20_000
DEEPEST = 100
_PROPERTIES = re.compile(r"(?:(?:&[^\s,\[\]{}]+|![^\s,\[\]{}]*)(?:\s|#[^\n]*\n)*)+")
_TAG = re.compile(r"![^\s,\[\]{}]*")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(slots=True)
class _Key:
    """The key that waits for its value. ``name`` is None when it is no usable key."""

    name: str | None
    position: Position
    merge: bool = False


@dataclass(slots=True)
class _Frame:
    """A collection that is being read."""

    kind: Literal["map", "list"]
    position: Position
    where: str
    anchor: str | None
    is_key: bool
    size: int = 1
    height: int = 1
    items: list[Node] = field(default_factory=list)
    values: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, Position] = field(default_factory=dict)
    merges: list[tuple[Position, Node]] = field(default_factory=list)
    merged: bool = False
    key: _Key | None = None


@dataclass(frozen=True, slots=True)
class _Anchored:
    node: Node
    size: int
    height: int


class _TooMuch(Exception):
    """The document is larger or deeper than is read; it has been reported."""


class Builder:
    """Reads one document.

    Args:
        places: The text as the user has it, for the places and the lines of findings.
        diagnostics: Where findings go.
        env: What variables hold.
    """

    def __init__(self, places: Places, diagnostics: Diagnostics, env: Mapping[str, str]) -> None:
        self._places = places
        self._diagnostics = diagnostics
        self._env = env
        self._stack: list[_Frame] = []
        self._anchors: dict[str, _Anchored] = {}
        self._root: Node | None = None
        self._read = 0
        self._expanded = 0

    def build(self, text: str) -> Node | None:
        """The document's tree; None when there is none or it cannot be read to its end. Findings tell the two apart."""
        documents = 0
        try:
            for event in self._events(text):
                if isinstance(event, DocumentStartEvent):
                    documents += 1
                    if documents > 1:
                        message = "a second document begins here; a file holds one, delete the '---' or split the file"
                        self._add(event.start_mark.index, "", message, "two-documents", length=3)
                        break
                elif isinstance(event, DocumentEndEvent):
                    continue
                else:
                    self._event(event)
        except YAMLError as error:
            explain(error, self._places, self._diagnostics)
            return None
        except (OverflowError, ValueError) as error:
            # ruamel.yaml lets chr() and int() fail on escapes and directives beyond Unicode.
            message = f"an escape such as \"\\U00110000\" names no character ({error})"
            self._diagnostics.add(self._last, "", f"after this, {message}", code="bad-escape")
            return None
        except _TooMuch:
            return None
        return self._root

    def _events(self, text: str) -> Iterator[Any]:
        self._last = self._places.at(0)
        for event in YAML(typ="safe", pure=True).parse(text):
            self._last = self._places.at(event.start_mark.index)
            yield event

    def _event(self, event: Any) -> None:
        if isinstance(event, ScalarEvent):
            self._scalar(event)
        elif isinstance(event, AliasEvent):
            self._alias(event)
        elif isinstance(event, (MappingStartEvent, SequenceStartEvent)):
            self._open(event)
        elif self._stack and type(event).__name__ in ("MappingEndEvent", "SequenceEndEvent"):
            self._close()

    # Where the next value stands ------------------------------------------------------------------------------------

    @property
    def _where(self) -> str:
        if not self._stack:
            return ""
        frame = self._stack[-1]
        if frame.kind == "list":
            return f"{frame.where}[{len(frame.items)}]"
        if frame.key is None or frame.key.name is None:
            return frame.where
        return f"{frame.where}.{frame.key.name}" if frame.where else frame.key.name

    @property
    def _expects_key(self) -> bool:
        return bool(self._stack) and self._stack[-1].kind == "map" and self._stack[-1].key is None

    # Values -----------------------------------------------------------------------------------------------------------

    def _scalar(self, event: Any) -> None:
        start = self._start(event)
        position = self._places.at(start)
        self._count()
        end = event.end_mark.index
        source = self._places.text[start:end]
        first_line = source.splitlines()[0].rstrip() if source else ""
        self._diagnostics.span(position, len(first_line))
        quoted = event.style is not None
        if self._expects_key:
            if event.anchor is not None:
                key = Node("scalar", event.value, position, text=event.value, written=event.value, quoted=quoted)
                self._keep_anchor(event.anchor, key, 1, 1)
            self._key(event.value, position, quoted=quoted)
            return
        node = self._text_node(event.value, position, quoted, start, source)
        self._keep_anchor(event.anchor, node, 1, 1)
        self._put(node, 1, 1)

    def _text_node(self, written: str, position: Position, quoted: bool, start: int, source: str) -> Node:
        expansion = expand(written, self._env)
        for name, held in expansion.values:
            self._diagnostics.hide(held, f"${{{name}}}")
        for problem in expansion.problems:
            offset = _same_dollar(written, source, problem.offset)
            self._diagnostics.add(
                position if offset is None else self._places.at(start + offset),
                self._where,
                problem.message,
                code=problem.code,
                allowed=problem.allowed,
                nearest_to=problem.nearest_to,
                length=None if offset is None else problem.length,
            )
        broken = bool(expansion.problems)
        value: Any = expansion.text
        if not quoted and not broken and (expansion.whole or "$" not in written):
            try:
                value = resolve(expansion.text)
            except OverflowError as error:
                self._diagnostics.add(position, self._where, str(error), code="number-too-large")
                broken = True
        if _SURROGATE.search(expansion.text):
            message = "half of a surrogate pair, which is no character; write the whole character, or \"\\U...\""
            self._diagnostics.add(position, self._where, message, code="bad-escape")
            broken = True
        return Node(
            kind="scalar",
            value=None if broken else value,
            position=position,
            text="" if broken else expansion.text,
            written=written,
            quoted=quoted,
            variables=tuple(dict.fromkeys(name for name, _ in expansion.values)),
            broken=broken,
        )

    def _alias(self, event: Any) -> None:
        start = event.start_mark.index
        position = self._places.at(start)
        self._diagnostics.span(position, len(event.anchor) + 1)
        self._count()
        anchored = self._anchors.get(event.anchor)
        if anchored is not None:
            self._expanded += anchored.size
            if self._expanded > MOST_VALUES:
                message = f"the anchors make more than {MOST_VALUES:,} values of this file; is {event.anchor!r} repeated?"
                self._add(start, self._where, message, "too-many-values")
                raise _TooMuch
            if len(self._stack) + anchored.height > DEEPEST:
                self._too_deep(start)
            if not self._expects_key:
                self._put(anchored.node, anchored.size, anchored.height)
                return
            if anchored.node.kind == "scalar" and isinstance(anchored.node.value, str):
                self._set_key(anchored.node.value, position)
                return
            self._add(start, self._where, "a key must be text, and this alias stands for something else", "bad-key")
            self._stack[-1].key = _Key(None, position)
            return
        if any(frame.anchor == event.anchor for frame in self._stack):
            message = f"the anchor {event.anchor!r} contains itself"
            self._add(start, self._where, message, "endless-anchor")
        else:
            self._diagnostics.add(
                position,
                self._where,
                f"there is no anchor '&{event.anchor}' above; put text that begins with '*' in quotes",
                code="unknown-anchor",
                allowed=self._anchors or None,
                nearest_to=(event.anchor, tuple(self._anchors)),
            )
        if self._expects_key:
            self._stack[-1].key = _Key(None, position)
        else:
            self._put(Node("scalar", None, position, broken=True), 1, 1)

    def _open(self, event: Any) -> None:
        start = self._start(event)
        self._count()
        if len(self._stack) >= DEEPEST:
            self._too_deep(start)
        is_key = self._expects_key
        if is_key:
            self._add(start, self._where, "a key must be text, not a list or a mapping", "bad-key", length=1)
        kind: Literal["map", "list"] = "map" if isinstance(event, MappingStartEvent) else "list"
        if event.flow_style:
            self._diagnostics.span(self._places.at(start), 1)
        self._stack.append(_Frame(kind, self._places.at(start), self._where, event.anchor, is_key))

    def _close(self) -> None:
        frame = self._stack.pop()
        node: Node
        if frame.kind == "list":
            node = Node("list", tuple(frame.items), frame.position)
        else:
            self._merge(frame)
            node = Node("map", frame.values, frame.position, keys=frame.keys)
        if frame.is_key:
            self._stack[-1].key = _Key(None, frame.position)
            return
        self._keep_anchor(frame.anchor, node, frame.size, frame.height)
        self._put(node, frame.size, frame.height)

    def _put(self, node: Node, size: int, height: int) -> None:
        if not self._stack:
            self._root = node
            return
        frame = self._stack[-1]
        frame.size += size
        frame.height = max(frame.height, height + 1)
        if frame.kind == "list":
            frame.items.append(node)
            return
        key, frame.key = frame.key, None
        if key is None or key.name is None:
            return
        if key.merge:
            frame.merges.append((key.position, node))
        elif key.name not in frame.values:
            frame.values[key.name] = node
            frame.keys[key.name] = key.position

    # Keys -------------------------------------------------------------------------------------------------------------

    def _key(self, name: str, position: Position, *, quoted: bool) -> None:
        if not quoted:
            if name == "<<":
                self._merge_key(position)
                return
            try:
                value = resolve(name)
            except OverflowError:
                value = 0
            if value is None:
                found = f"the key {name!r} means nothing" if name else "a ':' without a key before it"
                self._diagnostics.add(position, self._where, f"{found}; a key must be text", code="bad-key")
                self._stack[-1].key = _Key(None, position)
                return
            if not isinstance(value, str):
                kind = "true or false" if isinstance(value, bool) else "a number"
                message = f"the key {name} is {kind}, and a key must be text; write '{name}' in quotes"
                self._diagnostics.add(position, self._where, message, code="bad-key")
        if "${" in name:
            message = "variables are not filled in within keys; write the key out"
            self._diagnostics.add(position, self._where, message, code="variable-in-key")
        if _SURROGATE.search(name):
            self._diagnostics.add(position, self._where, "half of a surrogate pair in a key", code="bad-escape")
            self._stack[-1].key = _Key(None, position)
            return
        self._set_key(name, position)

    def _set_key(self, name: str, position: Position) -> None:
        frame = self._stack[-1]
        first = frame.keys.get(name)
        frame.key = _Key(name, position)
        if first is not None:
            message = f"the key {name!r} stands twice in this mapping, first on line {first.line}; keep one of them"
            self._diagnostics.add(position, self._where, message, code="duplicate-key")

    def _merge_key(self, position: Position) -> None:
        frame = self._stack[-1]
        if frame.merged:
            message = "the key '<<' stands twice in this mapping; write '<<: [*one, *two]'"
            self._diagnostics.add(position, self._where, message, code="duplicate-key")
        frame.merged = True
        frame.key = _Key("<<", position, merge=True)

    def _merge(self, frame: _Frame) -> None:
        """Adds what ``<<`` brings: a key that stands in the mapping wins, then the earlier of several mappings."""
        for position, given in frame.merges:
            for node in given.value if given.kind == "list" else (given,):
                if node.broken:
                    continue
                if node.kind != "map":
                    where = f"{frame.where}.<<" if frame.where else "<<"
                    message = f"'<<' takes a mapping or a list of mappings, found {node.describe()}"
                    self._diagnostics.add(position, where, message, code="bad-merge")
                    continue
                for name, value in node.value.items():
                    frame.values.setdefault(name, value)
                    frame.keys.setdefault(name, node.keys[name])

    # Bounds, tags, anchors --------------------------------------------------------------------------------------------

    def _start(self, event: Any) -> int:
        """Where a value starts, behind its anchor and tag; a tag is reported."""
        start: int = event.start_mark.index
        if event.tag is not None or event.anchor is not None:
            match = _PROPERTIES.match(self._places.text, start)
            if event.tag is not None:
                self._tag(start, match.group() if match is not None else "", str(event.tag))
            if match is not None and match.end() <= event.end_mark.index and match.end() > start:
                return match.end()
        return start

    def _tag(self, start: int, properties: str, tag: str) -> None:
        found = _TAG.search(properties)
        written = found.group() if found is not None else tag
        offset = found.start() if found is not None else 0
        message = f"the tag {written!r} is not allowed; tags make objects, and a pipeline file holds plain values only"
        self._add(start + offset, self._where, message, "tag", length=len(written))

    def _keep_anchor(self, anchor: str | None, node: Node, size: int, height: int) -> None:
        if anchor is not None:
            self._anchors[anchor] = _Anchored(node, size, height)

    def _count(self) -> None:
        self._read += 1
        self._expanded += 1
        if self._read > MOST_VALUES:
            message = f"the file holds more than {MOST_VALUES:,} values; is it a pipeline, or its data?"
            self._diagnostics.add(self._last, "", message, code="too-many-values")
            raise _TooMuch

    def _too_deep(self, start: int) -> None:
        message = f"values stand inside one another more than {DEEPEST} deep"
        self._add(start, "", message, "too-deep", length=1)
        raise _TooMuch

    def _add(self, offset: int, where: str, message: str, code: str, *, length: int | None = None) -> None:
        self._diagnostics.add(self._places.at(offset), where, message, code=code, length=length)


def _same_dollar(value: str, source: str, offset: int) -> int | None:
    """Where the dollar sign at ``offset`` of a scalar's value stands in its source; None when that is not certain."""
    if value.count("$") != source.count("$"):
        return None
    at = -1
    for _ in range(value.count("$", 0, offset + 1)):
        at = source.index("$", at + 1)
    return at
