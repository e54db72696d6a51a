"""What kind of widget a parameter takes, from its type."""

from __future__ import annotations

import types
import typing
from dataclasses import dataclass
from typing import Any, Literal

import annotated_types
from pydantic.fields import FieldInfo

from ragkit.errors import UsageError
from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.reading.source import read_text


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter as a form sees it.

    Attributes:
        kind: ``yaml`` is anything that has no widget of its own and is written as YAML.
        options: What may be chosen, of a ``choice``.
        low: The least number.
        high: The greatest.
        optional: It may be nothing.
        description: What it means.
    """

    kind: Literal["bool", "choice", "whole", "number", "text", "yaml"]
    options: tuple[Any, ...] = ()
    low: float | None = None
    high: float | None = None
    optional: bool = False
    description: str = ""

    def takes(self, value: Any) -> bool:
        """Whether the widget can show a value."""
        if value is None:
            return self.optional and self.kind in ("whole", "number", "text")
        if self.kind == "bool":
            return isinstance(value, bool)
        if self.kind == "choice":
            return value in self.options
        if self.kind == "text":
            return isinstance(value, str) and "\n" not in value
        if self.kind == "yaml" or isinstance(value, bool):
            return False
        inside = isinstance(value, (int, float)) and self._inside(value)
        return inside and (self.kind == "number" or isinstance(value, int))

    def _inside(self, value: float) -> bool:
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def numbers(self) -> dict[str, Any]:
        """The arguments of a number widget."""
        kind = int if self.kind == "whole" else float
        return {
            "min_value": None if self.low is None else kind(self.low),
            "max_value": None if self.high is None else kind(self.high),
            "step": 1 if self.kind == "whole" else 0.05, "format": "%d" if self.kind == "whole" else "%g",
            "placeholder": "not set",
        }  # fmt: skip


def field_of(parameter: FieldInfo) -> Field:
    """The kind of a parameter."""
    members = set(_members(parameter.annotation))
    optional, kinds = type(None) in members, members - {type(None)}
    options = [each for kind in kinds if typing.get_origin(kind) is Literal for each in typing.get_args(kind)]
    more: dict[str, Any] = {"optional": optional, "description": parameter.description or ""}
    if kinds == {bool} and not optional:
        return Field("bool", **more)
    if options and all(typing.get_origin(kind) is Literal for kind in kinds):
        return Field("choice", (*([None] if optional else []), *options), **more)
    if kinds and kinds <= {int, float}:
        low, high = _bound(parameter, annotated_types.Ge, "ge"), _bound(parameter, annotated_types.Le, "le")
        return Field("whole" if kinds == {int} else "number", (), low, high, **more)
    return Field("text" if kinds == {str} else "yaml", **more)


def value_of(text: str) -> Any:
    """The value that is written as YAML.

    Raises:
        UsageError: It is not YAML.
    """
    found = Diagnostics()
    node = read_text(f"value: {text}", "value", found)
    if node is None or found.errors or set(node.value) != {"value"}:
        why = found.errors[0].message if found.errors else "it is more than one value"
        raise UsageError(f"{text!r} is not a value in YAML: {why}")
    return node.value["value"].plain()


def _bound(parameter: FieldInfo, kind: Any, name: str) -> float | None:
    return next((getattr(each, name) for each in parameter.metadata if isinstance(each, kind)), None)


def _members(annotation: Any) -> tuple[Any, ...]:
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        return tuple(member for inner in typing.get_args(annotation) for member in _members(inner))
    if origin is typing.Annotated:
        return _members(typing.get_args(annotation)[0])
    return (annotation,)
