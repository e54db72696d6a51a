"""Search marks: the values that optimisation may choose, and those that were chosen for this plan.

A mark is ``{choice: […], default: v}`` or ``{range: [low, high], step: s, log: true, default: v}`` where a parameter
stands, ``one_of`` in the place of ``use``, or ``enabled``. A plain load takes every default; ``assignments`` lay other
values over them, by path.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from ragkit.errors import nearest
from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.nodes import Node
from ragkit.spec.plan import Position, SearchMark

CHOICE_KEYS = ("choice", "default")
RANGE_KEYS = ("range", "step", "log", "default")
When = tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Assignment:
    """A value for a mark, and where it was given."""

    value: Any
    position: Position
    where: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a mark gives: the node that takes its place, and those of all values that must fit the parameter.

    Each of ``values`` has its place under the parameter, ``choice[1]``.
    """

    node: Node
    values: tuple[tuple[str, Node], ...]


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


class Marks:
    """Reads the marks of one pipeline and takes for each the assigned value or its default."""

    def __init__(self, assignments: Mapping[str, Assignment]) -> None:
        self._assignments = assignments
        self._found: dict[str, SearchMark] = {}
        self._broken: set[str] = set()
        self._left_out: set[str] = set()
        self.chosen: dict[str, Any] = {}

    @property
    def space(self) -> tuple[SearchMark, ...]:
        """Every mark in the order of the file, those that hang on a choice after the others."""
        return tuple(sorted(self._found.values(), key=lambda mark: len(mark.when)))

    @property
    def active(self) -> dict[str, Any]:
        """The value of every mark that counts under the values chosen."""
        return {
            path: value
            for path, value in self.chosen.items()
            if all(same(self.chosen.get(name), wanted) for name, wanted in self._found[path].when)
        }

    def forget(self, prefix: str) -> None:
        """Takes out the marks below a path: a branch that was dropped has none."""
        for path in [path for path in self._found if path.startswith(f"{prefix}.")]:
            del self._found[path]
            self.chosen.pop(path, None)
            self._left_out.add(path)

    def parameter(
        self, node: Node, path: str, where: str, when: When, integer: bool | None, diagnostics: Diagnostics
    ) -> Chosen | None:
        """Reads the mark of a parameter; None where it is broken, which has been reported.

        ``integer`` says whether the parameter takes whole numbers only; None when its type does not say.
        """
        if self._unknown_keys(node, where, diagnostics):
            self._broken.add(path)
            return None
        try:
            mark = _read_mark(node, path, when, integer)
        except _Refused as refused:
            if not refused.node.broken:
                place = refused.node.position
                diagnostics.add(place, where, refused.message, allowed=refused.allowed, code=refused.code)
            self._broken.add(path)
            return None
        default = node.value["default"]
        given = self._take(mark, diagnostics)
        chosen = default if given is None else _node_of(given.value, node.position)
        ends = tuple((f"{mark.kind}[{index}]", end) for index, end in enumerate(node.value[mark.kind].value))
        return Chosen(chosen, ends if mark.kind == "choice" else (*ends, ("default", default)))

    @staticmethod
    def _unknown_keys(node: Node, where: str, diagnostics: Diagnostics) -> bool:
        allowed = RANGE_KEYS if "range" in node.value else CHOICE_KEYS
        unknown = [key for key in node.value if key not in allowed]
        for key in unknown:
            diagnostics.add(
                node.keys[key],
                f"{where}.{key}",
                f"unknown key {key!r} in a search mark",
                allowed=allowed,
                nearest_to=(key, (*CHOICE_KEYS, *RANGE_KEYS)),
                code="unknown-key",
            )
        return bool(unknown)

    def one_of(
        self, path: str, names: tuple[str, ...], default: str, when: When, position: Position, diagnostics: Diagnostics
    ) -> str:
        """Chooses among the alternatives of a step."""
        mark = SearchMark(f"{path}.use", "one_of", default, names, when=when, position=position)
        given = self._take(mark, diagnostics)
        return default if given is None else str(given.value)

    def enabled(
        self, path: str, choices: tuple[bool, ...], default: bool, when: When, node: Node, diagnostics: Diagnostics
    ) -> bool:
        """Chooses whether a step is there."""
        mark = SearchMark(f"{path}.enabled", "enabled", default, choices, when=when, position=node.position)
        given = self._take(mark, diagnostics)
        return default if given is None else bool(given.value)

    def skip(self, path: str) -> None:
        """Notes a mark that could not be read, so that its assignment is not called unknown as well."""
        self._broken.add(path)

    def report_unknown(self, diagnostics: Diagnostics) -> None:
        """Reports the assignments that no mark asked for."""
        for path, given in self._assignments.items():
            if path not in self._found and path not in self._broken and path not in self._left_out:
                diagnostics.add(
                    given.position,
                    given.where,
                    f"there is no search mark {path!r} in this pipeline",
                    allowed=tuple(self._found) or "nothing: the pipeline has no search marks",
                    nearest_to=(path, tuple(self._found)),
                    code="unknown-mark",
                )

    def idle(self) -> Iterable[str]:
        """A sentence for each assignment that has no effect under the other ones."""
        for path, given in self._assignments.items():
            if path in self._left_out:
                yield f"{path} = {given.value!r} has no effect: the part that it belongs to is left out"
            for name, wanted in self._found[path].when if path in self._found else ():
                if not same(self.chosen.get(name), wanted):
                    yield f"{path} = {given.value!r} has no effect while {name} is {self.chosen.get(name)!r}"
                    break

    def _take(self, mark: SearchMark, diagnostics: Diagnostics) -> Assignment | None:
        self._found[mark.path] = mark
        given = self._assignments.get(mark.path)
        if given is not None and not allows(mark, given.value):
            diagnostics.add(
                given.position,
                given.where,
                f"{given.value!r} is not allowed for {mark.path!r}",
                allowed=describe(mark),
                code="mark-value",
            )
            given = None
        self.chosen[mark.path] = mark.default if given is None else given.value
        return given


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


class _Refused(Exception):
    """A mark that is not well formed."""

    def __init__(self, node: Node, message: str, allowed: str | None = None, code: str = "mark") -> None:
        super().__init__(message)
        self.node = node
        self.message = message
        self.allowed = allowed
        self.code = code


def _read_mark(node: Node, path: str, when: When, integer: bool | None) -> SearchMark:
    if "default" not in node.value:
        raise _Refused(node, "a search mark needs a 'default', which a plain run takes", None, "mark-default")
    return _range(node, path, when, integer) if "range" in node.value else _choice(node, path, when)


def _choice(node: Node, path: str, when: When) -> SearchMark:
    choices, default = node.value["choice"], node.value["default"]
    if choices.kind != "list" or not choices.value:
        raise _Refused(choices, f"'choice' is {choices.describe()}", "a list of values")
    values = choices.plain()
    for index, choice in enumerate(choices.value):
        if any(same(values[index], earlier) for earlier in values[:index]):
            raise _Refused(choice, f"{choice.describe()} stands twice among the choices")
    if not any(same(default.plain(), value) for value in values):
        allowed = ", ".join(choice.describe() for choice in choices.value)
        raise _Refused(default, f"the default {default.describe()} is not one of the choices", allowed, "mark-default")
    return SearchMark(path, "choice", default.plain(), tuple(values), when=when, position=node.position)


def _range(node: Node, path: str, when: When, integer: bool | None) -> SearchMark:
    ends, default = node.value["range"], node.value["default"]
    if ends.kind != "list" or len(ends.value) != 2 or not all(_is_number(end.value) for end in ends.value):
        raise _Refused(ends, f"'range' is {ends.describe()}", "two numbers: [low, high]")
    low, high = (end.value for end in ends.value)
    if not low < high:
        raise _Refused(ends, f"the range from {low:g} to {high:g} is empty", "[low, high], low below high")
    step, log = _spacing(node, low, high)
    if integer is None:
        integer = all(isinstance(value, int) for value in (low, high, 1 if step is None else step))
    mark = SearchMark(path, "range", default.plain(), (), low, high, step, log, integer, when, node.position)
    if not allows(mark, default.plain()):
        inside = _is_number(default.value) and low <= default.value <= high
        found = "is not one of the values of the range" if inside else "lies outside the range"
        raise _Refused(default, f"the default {default.describe()} {found}", describe(mark), "mark-default")
    return mark


def _spacing(node: Node, low: float, high: float) -> tuple[float | None, bool]:
    step, log = node.value.get("step"), node.value.get("log")
    if step is not None and not (_is_number(step.value) and 0 < step.value <= high - low):
        raise _Refused(step, f"'step' is {step.describe()}", f"a number above 0 and up to {high - low:g}")
    if log is not None and not isinstance(log.value, bool):
        raise _Refused(log, f"'log' is {log.describe()}", "true, false")
    logarithmic = log is not None and log.value
    if logarithmic and low <= 0:
        raise _Refused(node.value["log"], "a logarithmic range starts above 0")
    if logarithmic and step is not None:
        raise _Refused(node.value["log"], "a logarithmic range has no 'step'")
    return None if step is None else step.value, logarithmic


def _is_number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _on_grid(value: float, low: float, step: float | None) -> bool:
    if step is None:
        return True
    steps = (value - low) / step
    return abs(steps - round(steps)) < 1e-9 * max(1.0, abs(steps))


def _node_of(value: Any, position: Position) -> Node:
    if isinstance(value, Mapping):
        inner = {str(key): _node_of(item, position) for key, item in value.items()}
        return Node("map", inner, position, dict.fromkeys(inner, position))
    if isinstance(value, (list, tuple)):
        return Node("list", tuple(_node_of(item, position) for item in value), position)
    return Node("scalar", value, position, text=str(value))
