"""What may stand at an input port: a reference, a literal ``{value: …}``, a list of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ragkit.spec.context import Compilation
from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.marks import is_mark
from ragkit.spec.nodes import Node
from ragkit.spec.raw import RawGraph, RawStep, RawValue, Reference, Several, Written

_REFERENCE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")
_FORMS = "a step, step.port, an input, or {value: …}"


class ValueReader:
    """Reads port values that stand in one graph and are read by one step (None: by the graph itself)."""

    def __init__(
        self, compilation: Compilation, diagnostics: Diagnostics, graph: RawGraph, reader: RawStep | None
    ) -> None:
        self._compilation = compilation
        self._diagnostics = diagnostics
        self._graph = graph
        self._reader = reader

    def value(self, node: Node, where: str, *, several: bool = False) -> RawValue | None:
        """A port value; a list of them where ``several``. None where it is broken, which has been reported."""
        if node.kind != "list":
            return self._one(node, where)
        if not several:
            return self._fail(node, where, f"found {node.describe()} where one reference is expected", _FORMS)
        if not node.value:
            return self._fail(node, where, "an empty list: nothing to read", f"a list of: {_FORMS}")
        items = tuple(self._one(item, f"{where}[{index}]") for index, item in enumerate(node.value))
        return Several(items, node.position, where)

    def reference(self, node: Node, where: str) -> Reference | None:
        """A reference and nothing else: an output, a bound parameter, a condition."""
        if node.kind == "map" and not is_mark(node):
            return self._fail(node, where, f"found {node.describe()} where a reference is expected", "step, step.port")
        value = self.value(node, where)
        return value if isinstance(value, Reference) else None

    def _one(self, node: Node, where: str) -> Reference | Written | None:
        if node.broken:
            return None
        if node.kind == "map":
            return self._mapping(node, where)
        if node.kind == "list":
            return self._fail(node, where, "a list inside a list of references", _FORMS)
        if isinstance(node.value, str):
            if _REFERENCE.fullmatch(node.value):
                return self._compilation.refer(node.value, node.position, where, self._graph, self._reader)
            found = f"{node.describe()} is not a reference; for the text itself write {{value: …}}"
            return self._fail(node, where, found, _FORMS, "literal")
        if node.value is None:
            return self._fail(node, where, f"found {node.describe()} where a reference is expected", _FORMS)
        found = f"{node.describe()} is not a reference; write {{value: {node.describe()}}}"
        return self._fail(node, where, found, None, "literal")

    def _mapping(self, node: Node, where: str) -> Written | None:
        if is_mark(node):
            found = "a search mark stands in the wrong place: a port takes a reference"
            return self._fail(node, where, found, "marks stand where a parameter stands", "mark-place")
        if set(node.value) == {"from"}:
            found = "{from: …} is for parameters; a port takes the reference itself"
            return self._fail(node, where, found, _FORMS)
        if set(node.value) != {"value"}:
            return self._fail(node, where, f"found {node.describe()} where a reference is expected", _FORMS)
        inner = node.value["value"]
        if inner.broken:
            return None
        if is_mark(inner):
            found = "a search mark stands in the wrong place: inside a literal"
            return self._fail(inner, where, found, "marks stand where a parameter stands", "mark-place")
        if inner.plain() is None:
            found = "a literal cannot be nothing; leave the port out, or give it a value"
            return self._fail(inner, where, found, None, "literal")
        return Written(inner.plain(), inner.position, where)

    def _fail(
        self, node: Node, where: str, message: str, allowed: str | None, code: str = "reference"
    ) -> None:
        if not node.broken:
            self._diagnostics.add(node.position, where, message, allowed=allowed, code=code)


def words(node: Node) -> Iterator[str]:
    """What the texts below a node begin with: names that may have been meant as references where a step is broken."""
    if node.kind == "map":
        for inner in node.value.values():
            yield from words(inner)
    elif node.kind == "list":
        for inner in node.value:
            yield from words(inner)
    elif isinstance(node.value, str):
        yield node.value.partition(".")[0]
