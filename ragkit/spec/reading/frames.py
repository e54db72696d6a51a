"""The collections that are being read: what stands in them so far, and the node they become."""

from __future__ import annotations

from dataclasses import dataclass

from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.nodes import Node
from ragkit.spec.plan import Position
from ragkit.spec.reading.lexical import ODD_BLANK
from ragkit.spec.reading.literals import HALF_CHARACTER, is_half_character, joined
from ragkit.spec.reading.scalars import resolve


class ListFrame:
    """A list.

    Attributes:
        position: Where it starts.
        where: Its place in the document.
        anchor: The name of its anchor, if it has one.
        is_key: It stands where a key must, and will be thrown away.
        size: How many values it holds at all depths, itself included, aliases counted in full.
        height: How many collections stand inside one another in it, itself included.
    """

    def __init__(self, position: Position, where: str, anchor: str | None, *, is_key: bool) -> None:
        self.position = position
        self.where = where
        self.anchor = anchor
        self.is_key = is_key
        self.size = 1
        self.height = 1
        self._items: list[Node] = []

    @property
    def next_where(self) -> str:
        """The place of the value that comes next."""
        return f"{self.where}[{len(self._items)}]"

    def put(self, node: Node) -> None:
        """Takes the next value."""
        self._items.append(node)

    def finish(self, diagnostics: Diagnostics) -> Node:
        """The list as a node."""
        return Node("list", tuple(self._items), self.position)


@dataclass(frozen=True, slots=True)
class _Key:
    """The key that waits for its value; ``name`` is None when it is no usable key."""

    name: str | None
    position: Position
    merge: bool = False


class MapFrame(ListFrame):
    """A mapping: keys and values in turn, and ``<<``."""

    def __init__(self, position: Position, where: str, anchor: str | None, *, is_key: bool) -> None:
        super().__init__(position, where, anchor, is_key=is_key)
        self._values: dict[str, Node] = {}
        self._keys: dict[str, Position] = {}
        self._merges: list[tuple[Position, Node]] = []
        self._merge_keys = 0
        self._unusable = False
        self._key: _Key | None = None

    @property
    def expects_key(self) -> bool:
        """A key comes next."""
        return self._key is None

    @property
    def next_where(self) -> str:
        if self._key is None or self._key.name is None:
            return self.where
        return f"{self.where}.{self._key.name}" if self.where else self._key.name

    def put(self, node: Node) -> None:
        key, self._key = self._key, None
        if key is None or key.name is None:
            return
        if key.merge:
            self._merges.append((key.position, node))
        elif key.name not in self._values:
            self._values[key.name] = node
            self._keys[key.name] = key.position

    def read_key(self, name: str, position: Position, diagnostics: Diagnostics, *, quoted: bool) -> None:
        """Takes a key as it is written."""
        if not quoted and name == "<<":
            self._merge_keys += 1
            self._key = _Key(name, position, merge=True)
            if self._merge_keys > 1:
                message = "the key '<<' stands twice in this mapping; write '<<: [*one, *two]'"
                diagnostics.add(position, self.where, message, code="duplicate-key")
            return
        name = joined(name)
        unusable = None
        if is_half_character(name):
            unusable = (HALF_CHARACTER, "bad-escape")
        elif not quoted and ODD_BLANK.search(name):
            code = ord(ODD_BLANK.findall(name)[0])
            unusable = (f"a character in this key looks like a blank and is U+{code:04X}; retype it", "odd-blank")
        elif not quoted:
            unusable = self._not_text(name, position, diagnostics)
        if unusable is not None:
            diagnostics.add(position, self.where, unusable[0], code=unusable[1])
            self.no_key(position)
            return
        if "${" in name:
            message = "variables are not filled in within keys; write the key out"
            diagnostics.add(position, self.where, message, code="variable-in-key")
        self.set_key(name, position, diagnostics)

    def set_key(self, name: str, position: Position, diagnostics: Diagnostics) -> None:
        """Takes a key that is text."""
        first = self._keys.get(name)
        self._key = _Key(name, position)
        if first is not None:
            message = f"the key {name!r} stands twice in this mapping, first on line {first.line}; keep one of them"
            diagnostics.add(position, self.next_where, message, code="duplicate-key")

    def no_key(self, position: Position) -> None:
        """Notes that what stands where a key must cannot be one: its value is read and thrown away."""
        self._key = _Key(None, position)
        self._unusable = True

    def finish(self, diagnostics: Diagnostics) -> Node:
        for position, given in self._merges:
            for node in given.value if given.kind == "list" else (given,):
                if not self._merge(node, position, diagnostics):
                    break
        broken = self._unusable and not self._values
        return Node("map", self._values, self.position, keys=self._keys, broken=broken)

    def _merge(self, node: Node, position: Position, diagnostics: Diagnostics) -> bool:
        """Adds what ``<<`` brings: a key that stands in the mapping wins, then the earlier of several mappings.

        False where it is no mapping, which is reported.
        """
        if node.broken:
            return True
        if node.kind != "map":
            where = f"{self.where}.<<" if self.where else "<<"
            message = f"'<<' takes a mapping or a list of mappings, found {node.describe()}"
            diagnostics.add(position, where, message, code="bad-merge")
            return False
        for name, value in node.value.items():
            self._values.setdefault(name, value)
            self._keys.setdefault(name, node.keys[name])
        return True

    def _not_text(self, name: str, position: Position, diagnostics: Diagnostics) -> tuple[str, str] | None:
        """Reports a plain key that the core schema reads as no text; the finding where nothing can be made of it."""
        try:
            value = resolve(name)
        except OverflowError:
            value = 0
        if value is None:
            found = f"the key {name!r} means nothing" if name else "a ':' without a key before it"
            return f"{found}; a key must be text", "bad-key"
        if not isinstance(value, str):
            kind = "a bool" if isinstance(value, bool) else "a number"
            message = f"the key {name} is {kind}, and a key must be text; write '{name}' in quotes"
            diagnostics.add(position, self.where, message, code="bad-key")
        return None
