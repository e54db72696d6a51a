"""``flow.loop`` as written: what it carries, its rounds, and what ends it."""

from __future__ import annotations

from ragkit.spec.nodes import Node
from ragkit.spec.written.conditions import read_condition
from ragkit.spec.written.flow_keys import FlowKeys
from ragkit.spec.written.names import check_name
from ragkit.spec.written.parameters import Key
from ragkit.spec.written.raw import RawGraph, RawLoop
from ragkit.spec.written.raw_values import Input, RawCondition, RawValue, Reference
from ragkit.spec.written.values import ValueReader

PORTS = ("output", "rounds", "stopped")
"""The output ports of every loop; the carried names stand after the first."""


class LoopReader:
    """Reads one ``flow.loop``."""

    def __init__(self, flow: FlowKeys) -> None:
        self._flow = flow
        self._step = flow.step
        self._diagnostics = flow.diagnostics
        self._body = RawGraph(flow.inner_path, f"{flow.step.where}.steps", flow.graph, flow.step)
        self._inner = ValueReader(flow.compilation, flow.diagnostics, self._body, None)

    def read(self, keys: dict[str, Key]) -> RawLoop:
        """The loop; what is broken in it has been reported."""
        carry = self._carry(keys["carry"].node) if "carry" in keys else {}
        loop = RawLoop(
            carry,
            self._body,
            self._next(keys["next"].node, carry) if "next" in keys else {},
            self._flow.count(keys, "max_rounds") or 1,
            self._condition(keys, "while"),
            self._condition(keys, "until"),
            self._inner.reference(keys["failure"].node, keys["failure"].where) if "failure" in keys else None,
            self._flow.count(keys, "max_failures"),
        )
        if ("failure" in keys) != ("max_failures" in keys):
            lone, other = ("failure", "max_failures") if "failure" in keys else ("max_failures", "failure")
            text = f"{lone!r} does nothing without {other!r}"
            self._diagnostics.add(keys[lone].position, f"{self._step.where}.{lone}", text, code="missing-key")
        self._flow.body(self._body, keys)
        return loop

    def _carry(self, node: Node) -> dict[str, RawValue | None]:
        where = f"{self._step.where}.carry"
        found = self._flow.bindings(node, where)
        for name in found:
            place = node.keys[name]
            well = check_name(name, place, f"{where}.{name}", "a carried value", self._diagnostics)
            if name in PORTS:
                well = False
                text = f"{name!r} cannot be the name of a carried value: it is a port of every loop"
                self._diagnostics.add(place, f"{where}.{name}", text, code="name")
            if not well:
                found[name] = None
            self._body.inputs[f"carry.{name}"] = Input(f"carry.{name}", self._body)
        return found

    def _next(self, node: Node, carry: dict[str, RawValue | None]) -> dict[str, Reference | None]:
        where = f"{self._step.where}.next"
        if node.kind != "map":
            self._flow.fail(node, where, "a mapping of carried names to references")
            return dict.fromkeys(carry)
        found: dict[str, Reference | None] = {}
        for name, value in node.value.items():
            reference = self._inner.reference(value, f"{where}.{name}")
            if name in carry:
                found[name] = reference
                continue
            self._diagnostics.add(
                node.keys[name],
                f"{where}.{name}",
                f"nothing is carried under the name {name!r}",
                allowed=tuple(carry) or "nothing: the loop has no 'carry'",
                nearest_to=(name, carry),
                code="carry",
            )
            # It may have been meant for any that is missing: none of them is said to lack its 'next'.
            found.update(dict.fromkeys((other for other in carry if other not in node.value), None))
        return found

    def _condition(self, keys: dict[str, Key], name: str) -> RawCondition | None:
        if name not in keys:
            return None
        return read_condition(keys[name].node, keys[name].where, self._inner, self._diagnostics)
