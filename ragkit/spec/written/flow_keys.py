"""What the readers of flow steps share: the kinds of keys that a ``flow.*`` class declares."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from ragkit.spec.checking.context import Compilation, Setting
from ragkit.spec.nodes import Node
from ragkit.spec.plan import Position
from ragkit.spec.written.mark_form import is_mark
from ragkit.spec.written.parameters import Key
from ragkit.spec.written.raw import RawGraph, RawStep
from ragkit.spec.written.raw_values import RawValue
from ragkit.spec.written.values import ValueReader, words


class Scopes(Protocol):
    """Reads the graphs inside flow steps."""

    def fill(self, graph: RawGraph, steps: Node, output: Node | None, setting: Setting) -> None:
        """Reads ``steps`` and ``output`` of a scope into its graph."""

    def include(self, path: Node, where: str, graph: RawGraph, setting: Setting) -> bool:
        """Reads a pipeline file into a graph; False where it cannot be read, which has been reported."""


class FlowKeys:
    """Reads the keys of one flow step that stands in ``graph``."""

    def __init__(
        self, compilation: Compilation, setting: Setting, graph: RawGraph, scopes: Scopes, step: RawStep
    ) -> None:
        self.compilation = compilation
        self.diagnostics = setting.diagnostics
        self.setting = setting
        self.graph = graph
        self.scopes = scopes
        self.step = step
        self.values = ValueReader(compilation, setting.diagnostics, graph, step)

    @property
    def inner_path(self) -> str:
        """The path of the scopes inside the step."""
        return self.step.inner_path or self.step.path

    def value(self, keys: dict[str, Key], name: str) -> RawValue | None:
        """One port value."""
        return self.values.value(keys[name].node, keys[name].where) if name in keys else None

    def count(self, keys: dict[str, Key], name: str) -> int | None:
        """A whole number from 1, or a search mark over such numbers."""
        if name not in keys:
            return None
        key = keys[name]
        node, where = key.node, key.where
        values: tuple[tuple[str, Node], ...] = (("", node),)
        if is_mark(node):
            chosen = self.compilation.marks.parameter(node, key.path, where, key.when, True, self.diagnostics)
            if chosen is None:
                return None
            node, values = chosen.node, chosen.values
        for _, value in values:
            if not isinstance(value.value, int) or isinstance(value.value, bool) or value.value < 1:
                self.fail(value, where, "a whole number from 1")
                return None
        return int(node.value)

    def bindings(self, node: Node | None, where: str, known: Iterable[str] | None = None) -> dict[str, RawValue | None]:
        """A mapping of names to port values; ``known`` are the names that may stand there."""
        if node is None:
            return {}
        if node.kind != "map":
            self.fail(node, where, "a mapping of names to references or {value: …}")
            self.step.broken = True
            self.step.mentions.update(words(node))
            return {}
        found = {}
        for name, inner in node.value.items():
            value = self.values.value(inner, f"{where}.{name}")
            if known is None or name in known:
                found[name] = value
                continue
            self.diagnostics.add(
                node.keys[name],
                f"{where}.{name}",
                f"the included file has no input {name!r}",
                allowed=known,
                nearest_to=(name, known),
                code="bind",
            )
            self.step.broken = True
        return found

    def pass_on(self, bind: dict[str, RawValue | None], where: str, position: Position) -> None:
        """An included file gets the question and the history of the file that includes it unless they are bound."""
        for name in ("question", "history"):
            if name not in bind:
                bind[name] = self.compilation.refer(name, position, f"{where}.bind.{name}", self.graph, self.step)

    def body(self, graph: RawGraph, keys: dict[str, Key]) -> None:
        """``steps`` and ``output`` of a map or a loop."""
        if "steps" in keys:
            output = keys["output"].node if "output" in keys else None
            self.scopes.fill(graph, keys["steps"].node, output, self.setting)
        else:
            graph.broken = graph.partial = True

    def fail(self, node: Node, where: str, allowed: str) -> None:
        """Reports a node that is not what is expected there."""
        if not node.broken:
            name = where.rpartition(".")[2]
            self.diagnostics.add(node.position, where, f"{name!r} is {node.describe()}", allowed=allowed, code="type")
