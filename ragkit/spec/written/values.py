"""What may stand at an input port: a reference, a literal ``{value: …}``, a list of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ragkit.spec.checking.context import Compilation
from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.nodes import Node
from ragkit.spec.written.mark_form import is_mark
from ragkit.spec.written.raw import RawGraph, RawStep
from ragkit.spec.written.raw_values import RawValue, Reference, Several, Written

_REFERENCE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")
_REFERENCES = "a step, step.port, or an input"
_VALUES = "a step, step.port, an input, or {value: …}"
_MARKS = "marks stand where a parameter stands"


class _Refused(Exception):
    """A node that cannot be read as what is expected there."""

    def __init__(self, node: Node, message: str, allowed: str | None = None, code: str = "reference") -> None:
        super().__init__(message)
        self.node = node
        self.message = message
        self.allowed = allowed
        self.code = code


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
        try:
            if node.kind == "list" and not several:
                allowed = (
                    f"{_VALUES}; lists of passages are joined by fuse.rrf before" if len(node.value) > 1 else _VALUES
                )
                raise _Refused(node, f"found {node.describe()} where one reference is expected", allowed)
            if node.kind == "list" and not node.value:
                raise _Refused(node, "an empty list: nothing to read", f"a list of: {_VALUES}")
        except _Refused as refused:
            self._report(refused, where)
            return None
        if node.kind != "list":
            return self._one(node, where, literal=True)
        items = (self._one(item, f"{where}[{index}]", literal=True) for index, item in enumerate(node.value))
        return Several(tuple(items), node.position, where)

    def reference(self, node: Node, where: str, *, forms: str = _REFERENCES) -> Reference | None:
        """A reference and nothing else: an output, a bound parameter, a condition. ``forms`` says what is allowed."""
        found = self._one(node, where, literal=False, forms=forms)
        return found if isinstance(found, Reference) else None

    def _one(self, node: Node, where: str, *, literal: bool, forms: str = _VALUES) -> Reference | Written | None:
        try:
            return self._read(node, where, literal, forms)
        except _Refused as refused:
            self._report(refused, where)
            return None

    def _report(self, refused: _Refused, where: str) -> None:
        self._graph.lose()
        if not refused.node.broken:
            self._diagnostics.add(
                refused.node.position, where, refused.message, allowed=refused.allowed, code=refused.code
            )

    def _read(self, node: Node, where: str, literal: bool, forms: str) -> Reference | Written:
        if is_mark(node):
            raise _Refused(
                node, "a search mark stands in the wrong place: a reference belongs here", _MARKS, "mark-place"
            )
        if node.kind == "map" and set(node.value) == {"from"} and literal:
            raise _Refused(node, "{from: …} is for parameters; a port takes the reference itself", forms)
        if node.kind == "map" and set(node.value) == {"value"} and literal:
            return self._literal(node.value["value"], where)
        if node.kind != "scalar" or node.value is None:
            raise _Refused(node, f"found {node.describe()} where a reference is expected", forms)
        if not isinstance(node.value, str):
            advice = f"; write {{value: {node.describe()}}}" if literal else ""
            raise _Refused(node, f"{node.describe()} is not a reference{advice}", forms, "literal")
        if _REFERENCE.fullmatch(node.value) is None:
            advice = "; for the text itself write {value: …}" if literal else ""
            raise _Refused(node, f"{node.describe()} is not a reference{advice}", forms, "literal")
        return self._compilation.refer(node.value, node.position, where, self._graph, self._reader, literal=literal)

    @staticmethod
    def _literal(node: Node, where: str) -> Written:
        if is_mark(node):
            raise _Refused(node, "a search mark stands in the wrong place: inside a literal", _MARKS, "mark-place")
        if node.kind == "scalar" and node.value is None:
            raise _Refused(node, "a literal cannot be nothing; leave the port out, or give it a value", None, "literal")
        return Written(node.plain(), node.position, where)


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
