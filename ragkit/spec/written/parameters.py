"""The parameters of one step: literals, search marks and ``{from: step.port}``, checked against its class."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ragkit.component import Component, bindable_parameters, tunable_parameters
from ragkit.ports import ANY, FLOAT, INT, STR, PortType, from_annotation
from ragkit.spec.checking.context import Compilation, Setting
from ragkit.spec.nodes import Node
from ragkit.spec.plan import Position
from ragkit.spec.schema.validate import check_field, model_from
from ragkit.spec.written.mark_form import When, is_mark, marks_within
from ragkit.spec.written.marks import node_of
from ragkit.spec.written.raw import RawStep
from ragkit.spec.written.values import ValueReader


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a step: its node, its place in the document, and the path and conditions of a search mark there."""

    name: str
    position: Position
    node: Node
    where: str
    path: str
    when: When


class ParameterReader:
    """Reads the parameters of one step."""

    def __init__(self, compilation: Compilation, setting: Setting, step: RawStep, values: ValueReader) -> None:
        self._compilation = compilation
        self._diagnostics = setting.diagnostics
        self._folder = setting.folder
        self._step = step
        self._values = values
        self._nodes: dict[str, Node] = {}
        self._positions: dict[str, Position] = {}
        self._broken: set[str] = set()

    def read(self, component: type[Component], keys: Iterable[Key]) -> None:
        """Fills ``params`` and ``bound`` of the step."""
        given = set()
        for key in keys:
            self._key(component, key)
            if is_mark(key.node):
                given.add(key.name)
        for name in sorted(tunable_parameters(component) - given):
            assigned = self._compilation.marks.tuned(f"{self._step.inner_path or self._step.path}.{name}")
            if assigned is not None:
                self._nodes[name] = node_of(assigned.value, assigned.position)
                self._positions[name] = assigned.position
        if any(component.Params.model_fields[name].is_required() for name in self._broken):
            return
        node = Node("map", self._nodes, self._step.position, self._positions)
        step = self._step
        step.params = model_from(
            node, component.Params, step.where, self._diagnostics, at=step.position, folder=self._folder
        )
        if step.params is None:
            return
        if not self._step.bound and not self._broken:
            wrong = component.check(self._step.params)
            if wrong is not None:
                self._diagnostics.add(self._step.position, self._step.where, wrong, code="parameters")

    def _key(self, component: type[Component], key: Key) -> None:
        where = key.where
        node = key.node
        if node.kind == "map" and set(node.value) == {"from"}:
            self._bind(component, key, where)
        elif is_mark(node):
            integer = whole_numbers(component.Params.model_fields[key.name].annotation)
            chosen = self._compilation.marks.parameter(node, key.path, where, key.when, integer, self._diagnostics)
            model = component.Params
            if chosen is None or not all(
                [
                    check_field(value, model, key.name, f"{where}.{place}", self._diagnostics, folder=self._folder)
                    for place, value in chosen.values
                ]
            ):
                self._broken.add(key.name)
            else:
                self._set(key, chosen.node)
        else:
            inside = list(marks_within(node))
            for place, mark in inside:
                self._diagnostics.add(
                    mark.position,
                    f"{where}{place}",
                    "a search mark stands in the wrong place: inside a parameter's value",
                    allowed=f"one mark for the whole of {key.name!r}",
                    code="mark-place",
                )
                self._broken.add(key.name)
            if not inside:
                self._set(key, node)

    def _set(self, key: Key, node: Node) -> None:
        self._nodes[key.name] = node
        self._positions[key.name] = key.position

    def _bind(self, component: type[Component], key: Key, where: str) -> None:
        bindable = bindable_parameters(component)
        if key.name not in bindable:
            self._diagnostics.add(
                key.node.position,
                where,
                f"the parameter {key.name!r} of {self._step.use} cannot be read from a port",
                allowed=f"a literal; {{from: …}} goes with {', '.join(sorted(bindable))}" if bindable else "a literal",
                code="bind",
            )
            self._broken.add(key.name)
            return
        if component.Params.model_fields[key.name].is_required():
            self._diagnostics.add(
                key.node.position,
                where,
                f"the parameter {key.name!r} of {self._step.use} has no default, which counts when the port is nothing",
                allowed="a literal",
                code="bind",
            )
            self._broken.add(key.name)
            return
        reference = self._values.reference(key.node.value["from"], f"{where}.from")
        if reference is None:
            self._broken.add(key.name)
        else:
            self._step.bound[key.name] = reference


def whole_numbers(annotation: Any) -> bool | None:
    """True when a parameter takes whole numbers but no fractions, None when its type says nothing of numbers."""
    members = set(_members(annotation))
    if float in members:
        return False
    return True if int in members else None


def accepted(annotation: Any) -> tuple[PortType, ...]:
    """The types of ports that a parameter can be read from."""
    found = []
    for member in _members(annotation):
        if member in (int, float, str):
            found.append({int: INT, float: FLOAT, str: STR}[member])
        elif typing.get_origin(member) is Literal:
            found.append(STR)
        elif member is not type(None):
            try:
                found.append(from_annotation(dict if typing.get_origin(member) in (dict, Mapping) else member)[0])
            except TypeError:
                found.append(ANY)
    return tuple(found)


def _members(annotation: Any) -> tuple[Any, ...]:
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        return tuple(member for inner in typing.get_args(annotation) for member in _members(inner))
    if origin is typing.Annotated:
        return _members(typing.get_args(annotation)[0])
    return (annotation,)
