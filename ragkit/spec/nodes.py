"""A YAML document as a tree of values that know their places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ragkit.spec.plan import Position

_NO_KEYS: Mapping[str, Position] = {}


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One YAML value with its place.

    Anchors are shared, not copied: the same node may stand in several places of the tree, and ``source`` has made sure
    that walking it ends.

    Attributes:
        kind: ``map``, ``list`` or ``scalar``.
        value: A scalar's ``str | int | float | bool | None`` (YAML 1.2 core schema), a list's ``tuple[Node, ...]``, a
            map's ``dict[str, Node]`` in the order written.
        position: Where the value starts.
        keys: For a map, where each key stands. A key that came through ``<<`` stands where its anchor is.
        text: A scalar as text, after interpolation; else empty.
        written: A scalar as the file has it, before interpolation: what may be shown to a person.
        quoted: A scalar in quotes or a block (``|``, ``>``): text whatever it looks like.
        variables: The environment variables whose values are in ``text``.
        broken: An error about this very value has been reported and ``value`` stands for nothing; say no more of it.
    """

    kind: Literal["map", "list", "scalar"]
    value: Any
    position: Position
    keys: Mapping[str, Position] = field(default_factory=lambda: _NO_KEYS)
    text: str = ""
    written: str = ""
    quoted: bool = False
    variables: tuple[str, ...] = ()
    broken: bool = False

    def plain(self) -> Any:
        """The value as plain Python data: ``dict``, ``list``, ``str``, ``int``, ``float``, ``bool`` and ``None``."""
        if self.kind == "map":
            return {key: node.plain() for key, node in self.value.items()}
        if self.kind == "list":
            return [node.plain() for node in self.value]
        return self.value

    def describe(self) -> str:
        """What was found, in the words of an error message; never what an environment variable holds."""
        if self.kind == "map":
            return f"a mapping with {_some(self.value)}" if self.value else "an empty mapping"
        if self.kind == "list":
            count = len(self.value)
            return "an empty list" if count == 0 else f"a list of {count}"
        if self.variables:
            return f"{_clip(' '.join(self.written.split()))}, which holds {_kind_of(self.value)}"
        if self.value is None:
            return "nothing" if self.written in ("", "~") else f"{self.written} (nothing)"
        if isinstance(self.value, str):
            return repr(_clip(self.value)) if self.value else "an empty text"
        return _clip(self.written)


def _some(names: Mapping[str, Node]) -> str:
    shown = ", ".join(repr(_clip(name)) for name in list(names)[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"


def _clip(text: str, limit: int = 60) -> str:
    return text if len(text) <= limit else f"{text[:limit]}…"


def _kind_of(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int):
        return "a whole number"
    return "a number" if isinstance(value, float) else "text"
