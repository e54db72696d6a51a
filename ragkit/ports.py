"""Port types: what may flow along an edge, read from the annotations of ``run``.

A port type is a name and perhaps an element: ``str``, ``int``, ``float``, ``bool``, ``Passages`` (written
``list[Passage]`` in messages), ``Answer``, ``Token``, ``Turn``, ``Label``, ``list[X]``, ``dict`` and ``any``. An
integer may stand where a float is read and a label where a string is; nothing else is converted.
"""

from __future__ import annotations

import types as pytypes
import typing
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ragkit.types import Answer, Label, Parts, Passage, Passages, Token, Turn

_NAMES: dict[Any, str] = {
    str: "str",
    int: "int",
    float: "float",
    bool: "bool",
    dict: "dict",
    Passage: "Passage",
    Passages: "list[Passage]",
    Answer: "Answer",
    Token: "Token",
    Turn: "Turn",
    Label: "Label",
    Any: "any",
}


@dataclass(frozen=True, slots=True)
class PortType:
    """One type of port. ``element`` is set for lists (and for ``list[Passage]``, whose element is ``Passage``)."""

    name: str
    element: PortType | None = None

    def __str__(self) -> str:
        return self.name

    @property
    def is_list(self) -> bool:
        return self.element is not None

    def accepts(self, given: PortType) -> bool:
        """True when a value of type ``given`` may flow into a port of this type."""
        if self == given or ANY in (self, given):
            return True
        if self.element is not None and given.element is not None:
            return self.element.accepts(given.element)
        return (self.name, given.name) in _WIDENS


_WIDENS = {("float", "int"), ("str", "Label")}
ANY = PortType("any")
STR = PortType("str")
INT = PortType("int")
FLOAT = PortType("float")
BOOL = PortType("bool")
LABEL = PortType("Label")
TURN = PortType("Turn")
ANSWER = PortType("Answer")
PASSAGE = PortType("Passage")
PASSAGES = PortType("list[Passage]", PASSAGE)
EMPTY_LIST = PortType("list", ANY)
SCALARS = {"str": STR, "int": INT, "float": FLOAT, "bool": BOOL}


def list_of(element: PortType) -> PortType:
    """The type of a list of ``element``; a list of passages is ``Passages``."""
    return PASSAGES if element == PASSAGE else PortType(f"list[{element.name}]", element)


def parse(text: str) -> PortType | None:
    """The type a file writes under ``inputs``: ``str``, ``list[str]``, ``list[Passage]`` …; None if there is none."""
    text = text.strip()
    if text.startswith("list[") and text.endswith("]"):
        element = parse(text[5:-1])
        return None if element is None else list_of(element)
    known = {**SCALARS, "Label": LABEL, "Turn": TURN, "Answer": ANSWER, "Passage": PASSAGE, "any": ANY}
    return known.get(text)


def from_annotation(annotation: Any) -> tuple[PortType, bool]:
    """The port type of an annotation and whether it may be None (an optional port).

    Raises:
        TypeError: The annotation is not a port type.
    """
    origin = typing.get_origin(annotation)
    arguments = typing.get_args(annotation)
    if origin in (typing.Union, pytypes.UnionType):
        inner = [a for a in arguments if a is not type(None)]
        if len(inner) != 1:
            raise TypeError(f"a port has one type, not {annotation!r}")
        return from_annotation(inner[0])[0], len(inner) < len(arguments)
    if origin in (list, Sequence, Parts, tuple):
        return list_of(from_annotation(arguments[0])[0]), False
    if origin is typing.Literal:
        return STR, False
    if annotation in _NAMES:
        name = _NAMES[annotation]
        return (PASSAGES if name == "list[Passage]" else PortType(name)), False
    raise TypeError(
        f"{annotation!r} is not a port type; use one of {', '.join(sorted(set(_NAMES.values())))} or list[…]"
    )


def of_value(value: Any) -> PortType:
    """The type of a literal; an empty list has the open element type ``any``."""
    if isinstance(value, bool):
        return BOOL
    for python, port in ((str, STR), (int, INT), (float, FLOAT)):
        if isinstance(value, python):
            return port
    if isinstance(value, list):
        return list_of(of_value(value[0])) if value else EMPTY_LIST
    if isinstance(value, dict):
        return PortType("dict")
    return ANY
