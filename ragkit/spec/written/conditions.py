"""Conditions as written: a bool port, ``{not: c}``, ``{any: […]}``, ``{all: […]}``, ``{port: p, is: v}`` …"""

from __future__ import annotations

from typing import Literal, cast

from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.nodes import Node
from ragkit.spec.written.raw_values import RawCondition, RawLogic, RawTest
from ragkit.spec.written.values import ValueReader

_FORMS = "a bool port, {not: c}, {any: [c, …]}, {all: [c, …]}, {port: p, is|at_least|at_most: v}"
_OPERATORS = ("is", "at_least", "at_most")
_KEYS = ("not", "any", "all", "port", *_OPERATORS)


def read_condition(node: Node, where: str, reader: ValueReader, diagnostics: Diagnostics) -> RawCondition | None:
    """A condition; None where it is broken, which has been reported."""
    if node.broken:
        return None
    if node.kind == "map":
        return _mapping(node, where, reader, diagnostics)
    if node.kind == "scalar" and isinstance(node.value, str):
        reference = reader.reference(node, where, forms=_FORMS)
        return None if reference is None else RawTest(reference, "true", None, node.position, where)
    diagnostics.add(node.position, where, f"{node.describe()} is not a condition", allowed=_FORMS, code="condition")
    return None


def _mapping(node: Node, where: str, reader: ValueReader, diagnostics: Diagnostics) -> RawCondition | None:
    unknown = [key for key in node.value if key not in _KEYS]
    for key in unknown:
        diagnostics.add(
            node.keys[key],
            f"{where}.{key}",
            f"unknown key {key!r} in a condition",
            allowed=_FORMS,
            nearest_to=(key, _KEYS),
            code="unknown-key",
        )
    if unknown:
        return None
    keys = set(node.value)
    if keys == {"not"}:
        inner = read_condition(node.value["not"], f"{where}.not", reader, diagnostics)
        return None if inner is None else RawLogic("not", (inner,))
    if keys in ({"any"}, {"all"}):
        return _several(node, cast(Literal["any", "all"], next(iter(keys))), where, reader, diagnostics)
    operators = [key for key in node.value if key in _OPERATORS]
    if "port" in keys and len(operators) == 1 and len(keys) == 2:
        operator = cast(Literal["is", "at_least", "at_most"], operators[0])
        reference = reader.reference(node.value["port"], f"{where}.port")
        operand = node.value[operator]
        if operand.kind != "scalar" or operand.value is None:
            if not operand.broken:
                found = f"{operator!r} is held against {operand.describe()}"
                diagnostics.add(
                    operand.position, f"{where}.{operator}", found, allowed="a text, a number, true or false",
                    code="condition",
                )  # fmt: skip
            return None
        return None if reference is None else RawTest(reference, operator, operand, node.position, where)
    diagnostics.add(node.position, where, f"{node.describe()} is not a condition", allowed=_FORMS, code="condition")
    return None


def _several(
    node: Node, op: Literal["any", "all"], where: str, reader: ValueReader, diagnostics: Diagnostics
) -> RawLogic | None:
    inner = node.value[op]
    if inner.kind != "list" or not inner.value:
        if not inner.broken:
            diagnostics.add(
                inner.position, f"{where}.{op}", f"{op!r} is {inner.describe()}", allowed="a list of conditions",
                code="condition",
            )  # fmt: skip
        return None
    found = [
        read_condition(item, f"{where}.{op}[{index}]", reader, diagnostics) for index, item in enumerate(inner.value)
    ]
    conditions = tuple(condition for condition in found if condition is not None)
    return RawLogic(op, conditions) if len(conditions) == len(found) else None
