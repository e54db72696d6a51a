"""From the events of a YAML parser to a tree of nodes.

Reading events rather than a finished document keeps the exact place of every key and value, stops at once where
anchors or nesting get out of hand, and goes on after a finding, so that one reading reports as much as it can.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    MappingStartEvent,
    ScalarEvent,
)

from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.nodes import Node
from ragkit.spec.reading.frames import ListFrame, MapFrame
from ragkit.spec.reading.lexical import Places
from ragkit.spec.reading.literals import LiteralReader
from ragkit.spec.reading.wording import explain, explain_escape

MOST_VALUES = 20_000
DEEPEST = 100
_PROPERTIES = re.compile(r"(?:(?:&[^\s,\[\]{}]+|![^\s,\[\]{}]*)(?:\s|#[^\n]*\n)*)+")
_TAG = re.compile(r"![^\s,\[\]{}]*")


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
        self._literals = LiteralReader(places, diagnostics, env)
        self._stack: list[ListFrame] = []
        self._anchors: dict[str, _Anchored] = {}
        self._root: Node | None = None
        self._offset = 0
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
                        self._add(self._offset, "", message, "two-documents", length=3)
                        break
                self._event(event)
        except YAMLError as error:
            explain(error, self._places, self._diagnostics)
            return None
        except (OverflowError, ValueError):
            # What ruamel.yaml makes of an escape beyond Unicode, by way of chr().
            explain_escape(self._offset, self._places, self._diagnostics)
            return None
        except _TooMuch:
            return None
        return self._root

    def _events(self, text: str) -> Iterator[Any]:
        for event in YAML(typ="safe", pure=True).parse(text):
            self._offset = event.start_mark.index
            yield event

    def _event(self, event: Any) -> None:
        if isinstance(event, ScalarEvent):
            self._scalar(event)
        elif isinstance(event, AliasEvent):
            self._alias(event)
        elif isinstance(event, CollectionStartEvent):
            self._open(event)
        elif isinstance(event, CollectionEndEvent):
            self._close()

    def _scalar(self, event: Any) -> None:
        self._count()
        start, end = self._start(event), event.end_mark.index
        position = self._places.at(start)
        lines = self._places.text[start:end].splitlines()
        self._diagnostics.span(position, len(lines[0].rstrip()) if lines else 1)
        quoted = event.style is not None
        key_frame = self._key_frame
        if key_frame is not None:
            key_frame.read_key(event.value, position, self._diagnostics, quoted=quoted)
            node = Node("scalar", event.value, position, text=event.value, written=event.value, quoted=quoted)
            self._keep_anchor(event.anchor, node, 1, 0)
            return
        node = self._literals.read(event.value, self._where, start, end, quoted=quoted)
        if event.tag is not None:
            node = replace(node, value=None, text="", broken=True)
        self._keep_anchor(event.anchor, node, 1, 0)
        self._put(node, 1, 0)

    def _alias(self, event: Any) -> None:
        self._count()
        start = event.start_mark.index
        position = self._places.at(start)
        self._diagnostics.span(position, len(event.anchor) + 1)
        anchored = self._anchors.get(event.anchor)
        key_frame = self._key_frame
        if anchored is None:
            self._no_anchor(event.anchor, start)
            anchored = _Anchored(Node("scalar", None, position, broken=True), 1, 0)
        self._grow(start, event.anchor, anchored)
        if key_frame is None:
            self._put(anchored.node, anchored.size, anchored.height)
        elif isinstance(anchored.node.value, str):
            key_frame.set_key(anchored.node.value, position, self._diagnostics)
        else:
            key_frame.no_key(position)
            if not anchored.node.broken:
                message = f"a key must be text, and '*{event.anchor}' is {anchored.node.describe()}"
                self._add(start, self._where, message, "bad-key")

    def _no_anchor(self, name: str, start: int) -> None:
        if any(frame.anchor == name for frame in self._stack):
            message = f"'*{name}' stands inside its own anchor '&{name}', which would never end"
            self._add(start, self._where, message, "endless-anchor")
            return
        self._diagnostics.add(
            self._places.at(start),
            self._where,
            f"there is no anchor '&{name}' above this; put text that begins with '*' in quotes",
            code="unknown-anchor",
            allowed=self._anchors or None,
            nearest_to=(name, tuple(self._anchors)),
        )

    def _open(self, event: Any) -> None:
        self._count()
        start = self._start(event)
        if len(self._stack) >= DEEPEST:
            self._too_deep(start)
        position = self._places.at(start)
        is_key = self._key_frame is not None
        if is_key:
            message = "a key must be text, not a list or a mapping"
            if self._places.text[start - 1 : start + 1] == "{{":
                message = "'{{…}}' is no YAML; a step or an input is written by its name alone, a variable as ${NAME}"
            self._add(start, self._where, message, "bad-key", length=1)
        if event.flow_style:
            self._diagnostics.span(position, 1)
        frame = MapFrame if isinstance(event, MappingStartEvent) else ListFrame
        self._stack.append(frame(position, self._where, event.anchor, is_key=is_key))

    def _close(self) -> None:
        frame = self._stack.pop()
        node = frame.finish(self._diagnostics)
        key_frame = self._key_frame
        if frame.is_key and key_frame is not None:
            key_frame.no_key(frame.position)
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
        frame.put(node)

    @property
    def _where(self) -> str:
        return self._stack[-1].next_where if self._stack else ""

    @property
    def _key_frame(self) -> MapFrame | None:
        """The mapping whose key comes next."""
        frame = self._stack[-1] if self._stack else None
        return frame if isinstance(frame, MapFrame) and frame.expects_key else None

    def _start(self, event: Any) -> int:
        """Where a value starts, behind its anchor and tag; a tag is reported."""
        start: int = event.start_mark.index
        if event.tag is None and event.anchor is None:
            return start
        match = _PROPERTIES.match(self._places.text, start)
        if event.tag is not None:
            self._tag(start, match.group() if match is not None else "", str(event.tag))
        empty = isinstance(event, ScalarEvent) and event.style is None and not event.value
        return start if match is None or empty else match.end()

    def _tag(self, start: int, properties: str, tag: str) -> None:
        found = _TAG.search(properties)
        written = found.group() if found is not None else tag
        message = f"the tag {written!r} is not allowed; tags make objects, and a pipeline file holds plain values only"
        self._add(start + (found.start() if found else 0), self._where, message, "tag", length=len(written))

    def _keep_anchor(self, anchor: str | None, node: Node, size: int, height: int) -> None:
        if anchor is not None:
            self._anchors[anchor] = _Anchored(node, size, height)

    def _count(self) -> None:
        self._read += 1
        self._expanded += 1
        if self._read > MOST_VALUES:
            message = f"the file holds more than {MOST_VALUES:,} values; is it a pipeline, or its data?"
            self._add(self._offset, "", message, "too-many-values", length=1)
            raise _TooMuch

    def _grow(self, start: int, name: str, anchored: _Anchored) -> None:
        """Counts what an alias repeats, before anybody walks it."""
        self._expanded += anchored.size
        if self._expanded > MOST_VALUES:
            message = f"with what its anchors repeat, the file holds more than {MOST_VALUES:,} values"
            self._add(start, self._where, f"{message}; here '&{name}' repeats {anchored.size:,}", "too-many-values")
            raise _TooMuch
        if len(self._stack) + anchored.height > DEEPEST:
            self._too_deep(start)

    def _too_deep(self, start: int) -> None:
        message = f"lists and mappings stand inside one another more than {DEEPEST} deep"
        self._add(start, "", message, "too-deep", length=1)
        raise _TooMuch

    def _add(self, offset: int, where: str, message: str, code: str, *, length: int | None = None) -> None:
        self._diagnostics.add(self._places.at(offset), where, message, code=code, length=length)
