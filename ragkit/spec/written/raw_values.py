"""What stands at ports and in conditions, as written: references, literals, lists of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ragkit.ports import PortType
from ragkit.spec.nodes import Node
from ragkit.spec.plan import Position

if TYPE_CHECKING:
    from ragkit.spec.written.raw import RawGraph, RawStep


@dataclass(slots=True, eq=False, repr=False)
class Input:
    """An input of a graph: of a file (with its ``type``), ``item`` of a map or ``carry.x`` of a loop."""

    name: str
    graph: RawGraph
    type: PortType | None = None
    default: Any = None
    has_default: bool = False


@dataclass(slots=True, eq=False, repr=False)
class StepPort:
    """A port of a step."""

    step: RawStep
    port: str


Target = Input | StepPort


@dataclass(slots=True, eq=False, repr=False)
class Reference:
    """A name that stands in ``graph``; ``reader`` is the step that reads it, None for the graph itself.

    ``literal``: a literal may stand in its place. ``target`` is None until it is resolved, and stays None where that
    failed (the finding has been reported).
    """

    text: str
    position: Position
    where: str
    graph: RawGraph
    reader: RawStep | None
    literal: bool = True
    target: Target | None = None


@dataclass(slots=True, eq=False, repr=False)
class Written:
    """A literal, ``{value: …}``."""

    value: Any
    position: Position
    where: str


@dataclass(slots=True, eq=False, repr=False)
class Several:
    """A list of references and literals; None marks one that could not be read."""

    items: tuple[Reference | Written | None, ...]
    position: Position
    where: str


RawValue = Reference | Written | Several


@dataclass(slots=True, eq=False, repr=False)
class RawTest:
    """A condition on one port."""

    reference: Reference
    op: Literal["true", "is", "at_least", "at_most"]
    operand: Node | None
    position: Position
    where: str


@dataclass(slots=True, eq=False, repr=False)
class RawLogic:
    """``not``, ``any`` or ``all`` of conditions."""

    op: Literal["not", "any", "all"]
    conditions: tuple[RawCondition, ...]


RawCondition = RawTest | RawLogic


def references(value: RawValue | RawCondition | None) -> Iterator[Reference]:
    """The references of a value or a condition, in the order written."""
    if isinstance(value, Reference):
        yield value
    elif isinstance(value, Several):
        yield from (item for item in value.items if isinstance(item, Reference))
    elif isinstance(value, RawTest):
        yield value.reference
    elif isinstance(value, RawLogic):
        for condition in value.conditions:
            yield from references(condition)
