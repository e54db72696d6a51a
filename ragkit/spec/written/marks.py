"""Search marks: the values that optimisation may choose, and those that were chosen for this plan.

A mark stands where a parameter stands (``mark_form``), as ``one_of`` in the place of ``use``, or as ``enabled``. A
plain load takes every default; ``assignments`` lay other values over them, by path.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.nodes import Node
from ragkit.spec.plan import Position, SearchMark
from ragkit.spec.written.mark_form import CHOICE_KEYS, RANGE_KEYS, MarkError, When, allows, describe, read_mark, same


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


class Marks:
    """Reads the marks of one pipeline and takes for each the assigned value or its default."""

    def __init__(self, assignments: Mapping[str, Assignment]) -> None:
        self._assignments = assignments
        self._found: dict[str, SearchMark] = {}
        self._broken: set[str] = set()
        self._left_out: set[str] = set()
        self._tuned: set[str] = set()
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
            mark = read_mark(node, path, when, integer)
        except MarkError as refused:
            if not refused.node.broken:
                place = refused.node.position
                diagnostics.add(place, where, refused.message, allowed=refused.allowed, code=refused.code)
            self._broken.add(path)
            return None
        default = node.value["default"]
        given = self._take(mark, diagnostics)
        chosen = default if given is None else node_of(given.value, node.position)
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

    def tuned(self, path: str) -> Assignment | None:
        """The value that was given to a parameter which needs no mark for that."""
        given = self._assignments.get(path)
        if given is not None:
            self._tuned.add(path)
        return given

    def skip(self, path: str) -> None:
        """Notes a mark that could not be read, so that its assignment is not called unknown as well."""
        self._broken.add(path)

    def report_unknown(self, diagnostics: Diagnostics) -> None:
        """Reports the assignments that no mark asked for."""
        for path, given in self._assignments.items():
            if not any(path in known for known in (self._found, self._broken, self._left_out, self._tuned)):
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


def node_of(value: Any, position: Position) -> Node:
    """A value that was assigned, as the node that stands in the place of what the file has."""
    if isinstance(value, Mapping):
        inner = {str(key): node_of(item, position) for key, item in value.items()}
        return Node("map", inner, position, dict.fromkeys(inner, position))
    if isinstance(value, (list, tuple)):
        return Node("list", tuple(node_of(item, position) for item in value), position)
    return Node("scalar", value, position, text=str(value), written=str(value))
