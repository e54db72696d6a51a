"""The form of search marks: ``{choice: […], default: v}`` and ``{range: [low, high], …, default: v}``."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, TypeGuard

from ragkit.errors import nearest
from ragkit.spec.nodes import Node
from ragkit.spec.plan import SearchMark

CHOICE_KEYS = ("choice", "default")
RANGE_KEYS = ("range", "step", "log", "default")
When = tuple[tuple[str, Any], ...]


def is_mark(node: Node) -> bool:
    """True for a mapping that is meant as a search mark, well formed or not."""
    if node.kind != "map":
        return False
    keys = set(node.value)
    if "choice" in keys or "range" in keys:
        return keys <= {*CHOICE_KEYS, *RANGE_KEYS} or "default" in keys
    return "default" in keys and any(nearest(key, ("choice", "range")) for key in keys - {"default"})


def marks_within(node: Node) -> Iterable[tuple[str, Node]]:
    """The marks at or below a node, each with its place under it."""
    if is_mark(node) and "default" in node.value:
        yield "", node
    elif node.kind == "map":
        for key, inner in node.value.items():
            yield from ((f".{key}{rest}", found) for rest, found in marks_within(inner))
    elif node.kind == "list":
        for index, inner in enumerate(node.value):
            yield from ((f"[{index}]{rest}", found) for rest, found in marks_within(inner))


def allows(mark: SearchMark, value: Any) -> bool:
    """True when a mark may have this value."""
    if mark.kind != "range":
        return any(same(value, choice) for choice in mark.choices)
    assert mark.low is not None and mark.high is not None
    if not _is_number(value) or (mark.integer and not float(value).is_integer()):
        return False
    return mark.low <= value <= mark.high and _on_grid(value, mark.low, mark.step)


def describe(mark: SearchMark) -> str:
    """What a mark allows, in words."""
    if mark.kind != "range":
        return ", ".join("true" if c is True else "false" if c is False else repr(c) for c in mark.choices)
    kind = "whole numbers" if mark.integer else "numbers"
    step = "" if mark.step is None else f" in steps of {mark.step:g}"
    return f"{kind} from {mark.low:g} to {mark.high:g}{step}"


def same(left: Any, right: Any) -> bool:
    """Equality that tells ``true`` from 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return bool(left == right)


class MarkError(Exception):
    """A mark that is not well formed."""

    def __init__(self, node: Node, message: str, allowed: str | None = None, code: str = "mark") -> None:
        super().__init__(message)
        self.node = node
        self.message = message
        self.allowed = allowed
        self.code = code


def read_mark(node: Node, path: str, when: When, integer: bool | None) -> SearchMark:
    """The mark that a node describes, its keys known to be those of a mark.

    Raises:
        MarkError: It is not well formed.
    """
    if "default" not in node.value:
        raise MarkError(node, "a search mark needs a 'default', which a plain run takes", None, "mark-default")
    return _range(node, path, when, integer) if "range" in node.value else _choice(node, path, when)


def _choice(node: Node, path: str, when: When) -> SearchMark:
    choices, default = node.value["choice"], node.value["default"]
    if choices.kind != "list" or not choices.value:
        raise MarkError(choices, f"'choice' is {choices.describe()}", "a list of values")
    values = choices.plain()
    for index, choice in enumerate(choices.value):
        if any(same(values[index], earlier) for earlier in values[:index]):
            raise MarkError(choice, f"{choice.describe()} stands twice among the choices")
    if not any(same(default.plain(), value) for value in values):
        allowed = ", ".join(choice.describe() for choice in choices.value)
        raise MarkError(default, f"the default {default.describe()} is not one of the choices", allowed, "mark-default")
    return SearchMark(path, "choice", default.plain(), tuple(values), when=when, position=node.position)


def _range(node: Node, path: str, when: When, integer: bool | None) -> SearchMark:
    ends, default = node.value["range"], node.value["default"]
    if ends.kind != "list" or len(ends.value) != 2 or not all(_is_number(end.value) for end in ends.value):
        raise MarkError(ends, f"'range' is {ends.describe()}", "two numbers: [low, high]")
    low, high = (end.value for end in ends.value)
    if not low < high:
        raise MarkError(ends, f"the range from {low:g} to {high:g} is empty", "[low, high], low below high")
    step, log = _spacing(node, low, high)
    if integer is None:
        integer = all(isinstance(value, int) for value in (low, high, 1 if step is None else step))
    mark = SearchMark(path, "range", default.plain(), (), low, high, step, log, integer, when, node.position)
    if not allows(mark, default.plain()):
        inside = _is_number(default.value) and low <= default.value <= high
        found = "is not one of the values of the range" if inside else "lies outside the range"
        raise MarkError(default, f"the default {default.describe()} {found}", describe(mark), "mark-default")
    return mark


def _spacing(node: Node, low: float, high: float) -> tuple[float | None, bool]:
    step, log = node.value.get("step"), node.value.get("log")
    if step is not None and not (_is_number(step.value) and 0 < step.value <= high - low):
        raise MarkError(step, f"'step' is {step.describe()}", f"a number above 0 and up to {high - low:g}")
    if log is not None and not isinstance(log.value, bool):
        raise MarkError(log, f"'log' is {log.describe()}", "true, false")
    logarithmic = log is not None and log.value
    if logarithmic and low <= 0:
        raise MarkError(node.value["log"], "a logarithmic range starts above 0")
    if logarithmic and step is not None:
        raise MarkError(node.value["log"], "a logarithmic range has no 'step'")
    return None if step is None else step.value, logarithmic


def _is_number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _on_grid(value: float, low: float, step: float | None) -> bool:
    if step is None:
        return True
    steps = (value - low) / step
    return abs(steps - round(steps)) < 1e-9 * max(1.0, abs(steps))
