"""A pydantic model from a node tree: every error at its exact place, in our own words.

Values are validated strictly and as JSON is: a list may become a tuple or a set and a text a path or a member of an
enumeration, but ``"5"`` is no number and ``1`` no bool.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ragkit.errors import nearest
from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.nodes import Node
from ragkit.spec.plan import Position
from ragkit.spec.reading.scalars import resolve
from ragkit.spec.schema import expectation

M = TypeVar("M", bound=BaseModel)
_OWN_WORDS = frozenset(("value_error", "assertion_error"))
_SCHEMA_SAYS_ALL = frozenset(
    (
        "bool_type", "dict_type", "enum", "float_type", "frozen_set_type", "greater_than", "greater_than_equal",
        "int_from_float", "int_type", "less_than", "less_than_equal", "list_type", "literal_error", "mapping_type",
        "model_attributes_type", "model_type", "multiple_of", "none_required", "set_type", "string_pattern_mismatch",
        "string_too_long", "string_too_short", "string_type", "too_long", "too_short", "tuple_type",
    )
)  # fmt: skip


def model_from(
    node: Node, model: type[M], where: str, diagnostics: Diagnostics, *, at: Position | None = None,
    folder: Path | None = None,
) -> M | None:  # fmt: skip
    """The model that a mapping describes.

    Args:
        node: The mapping.
        model: The pydantic model.
        where: The mapping's place in the document, ``steps.evidence``.
        diagnostics: Where findings go.
        at: The place of a finding about the mapping as a whole (a missing key); by default where it starts. Best is
            the key that it stands under.
        folder: What paths to trained files are relative to.

    Returns:
        The model; None when there are findings, or when a value within is broken and has been reported before.
    """
    if node.broken:
        return None
    if node.kind != "map":
        diagnostics.add(node.position, where, f"found {node.describe()}, expected a mapping", code="wrong-type")
        return None
    try:
        made = model.model_validate_json(json.dumps(node.plain()), strict=True, context={"folder": folder})
    except ValidationError as error:
        _Report(node, model, where, diagnostics, at).add(error.errors(include_url=False))
        return None
    return None if _holds_broken(node) else made


def check_field(
    node: Node, model: type[BaseModel], name: str, where: str, diagnostics: Diagnostics, *, folder: Path | None = None
) -> bool:
    """Checks one value against one field of a model, leaving the others aside: a choice of a search mark.

    Args:
        node: The value.
        model: The pydantic model.
        name: The field.
        where: The value's place in the document, ``steps.evidence.k.choice[1]``.
        diagnostics: Where findings go.
        folder: What paths to trained files are relative to.

    Returns:
        True when it fits.
    """
    if _holds_broken(node):
        return False
    try:
        model.model_validate_json(json.dumps({name: node.plain()}), strict=True, context={"folder": folder})
    except ValidationError as error:
        own = [detail for detail in error.errors(include_url=False) if detail["loc"][:1] == (name,)]
        whole = Node("map", {name: node}, node.position, keys={name: node.position})
        _Report(whole, model, where, diagnostics, None, drop=1).add(own)
        return not own
    return True


def _holds_broken(node: Node) -> bool:
    if node.kind == "scalar":
        return node.broken
    return any(_holds_broken(inner) for inner in (node.value.values() if node.kind == "map" else node.value))


@functools.cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an error is: the value, the way to it, what is allowed there, and a key that is not part of the tree."""

    node: Node
    path: tuple[str | int, ...]
    schemas: Sequence[expectation.Schema]
    at: Position
    rest: str | int | None
    union: bool


def _without_quotes(place: _Place) -> str:
    """The hint for a number or a bool in quotes, where no text is wanted."""
    node = place.node
    if not node.quoted or any(schema.get("type") == "string" for schema in place.schemas):
        return ""
    try:
        value = resolve(node.text)
    except OverflowError:
        return ""
    return "" if value is None or isinstance(value, str) else "; in quotes it is text"


class _Report:
    def __init__(
        self, root: Node, model: type[BaseModel], where: str, diagnostics: Diagnostics, at: Position | None,
        *, drop: int = 0,
    ) -> None:  # fmt: skip
        self.root = root
        self.schema = _schema(model)
        self.where = where
        self.diagnostics = diagnostics
        self.at = at or root.position
        self.drop = drop

    def add(self, details: Iterable[ErrorDetails]) -> None:
        """One finding for each place: the branches of a union complain each, and its deepest one understood most.

        Of several at one place the one counts that says more than the schema does.
        """
        placed = [(self._place(detail), detail) for detail in details]
        unknown = {(place.path, str(place.rest)) for place, detail in placed if detail["type"] == "extra_forbidden"}
        placed.sort(key=lambda found: found[1]["type"] in _SCHEMA_SAYS_ALL)
        said: set[tuple[tuple[str | int, ...], str | int | None]] = set()
        for place, detail in placed:
            deeper = any(
                other.union and len(other.path) > len(place.path) and other.path[: len(place.path)] == place.path
                for other, _ in placed
            )
            about = (place.path, place.rest)
            if about in said or (place.union and deeper and place.rest is None) or place.node.broken:
                continue
            said.add(about)
            if detail["type"] == "missing" and any(
                path == place.path and nearest(name, (str(place.rest),)) for path, name in unknown
            ):
                continue  # the unknown key is this one, misspelt
            self._say(place, detail)

    def _place(self, detail: ErrorDetails) -> _Place:
        node, path, at = self.root, [], self.at
        schemas: list[expectation.Schema] = expectation.resolved(self.schema, self.schema)
        union = False
        loc = list(detail["loc"])
        rest = None
        if detail["type"] in ("missing", "extra_forbidden"):
            rest = loc.pop()
        for part in loc:
            value = node.plain() if node.kind == "map" else None
            if node.kind == "map" and part in node.value:
                at, inner = node.keys[str(part)], node.value[part]
            elif node.kind == "list" and isinstance(part, int) and part < len(node.value):
                inner = node.value[part]
                at = inner.position
            else:
                union = True  # the name of a union's branch, not a part of the document
                continue
            schemas = expectation.step_into(schemas, part, value, self.schema)
            node = inner
            path.append(part)
        return _Place(node, tuple(path), schemas, at, rest, union)

    def _say(self, place: _Place, detail: ErrorDetails) -> None:
        kind = detail["type"]
        if kind == "extra_forbidden":
            self._unknown_key(place, str(place.rest))
        elif kind == "missing" and place.rest is not None:
            self._missing(place, place.rest)
        elif kind in ("union_tag_invalid", "union_tag_not_found"):
            self._tag(place, detail)
        elif kind in _OWN_WORDS:
            said = str(detail["ctx"]["error"])
            self.diagnostics.add(place.node.position, self._where(place.path), said, code="invalid")
        else:
            self._wrong_value(place, detail)

    def _unknown_key(self, place: _Place, name: str) -> None:
        known = expectation.names(expectation.fitting(place.schemas, place.node.plain()))
        self.diagnostics.add(
            place.node.keys.get(name, place.node.position),
            self._where((*place.path, name)),
            f"unknown key {name!r}",
            code="unknown-key",
            allowed=known,
            nearest_to=(name, known),
        )

    def _missing(self, place: _Place, rest: str | int) -> None:
        inner = expectation.step_into(place.schemas, rest, place.node.plain(), self.schema)
        expected = expectation.phrase(inner, self.schema)
        what = f"the key {rest!r}" if isinstance(rest, str) else f"entry {rest + 1} of the list"
        self.diagnostics.add(
            place.at if isinstance(rest, str) else place.node.position,
            self._where(place.path),
            f"{what} is missing" + (f", expected {expected}" if expected else ""),
            code="missing-key",
        )

    def _tag(self, place: _Place, detail: ErrorDetails) -> None:
        context = detail["ctx"]
        name = str(context["discriminator"]).strip("'")
        tags = [tag.strip("' ") for tag in str(context.get("expected_tags", "")).split(",") if tag.strip("' ")]
        given = place.node.value.get(name) if place.node.kind == "map" else None
        if given is None:
            tags = tags or [str(tag) for tag in expectation.choices(self._tags(place, name))]
            expected = f", expected {expectation.either([repr(tag) for tag in tags])}" if tags else ""
            message = f"the key {name!r} is missing{expected}"
            self.diagnostics.add(place.at, self._where(place.path), message, code="missing-key")
            return
        self.diagnostics.add(
            given.position,
            self._where((*place.path, name)),
            f"found {given.describe()}, expected {expectation.either([repr(tag) for tag in tags])}",
            code="wrong-value",
            nearest_to=(given.text, tags),
        )

    def _tags(self, place: _Place, name: str) -> list[expectation.Schema]:
        return expectation.step_into(place.schemas, name, None, self.schema)

    def _wrong_value(self, place: _Place, detail: ErrorDetails) -> None:
        expected = expectation.phrase(place.schemas, self.schema)
        found = place.node.describe()
        position = place.node.position
        if detail["loc"][-1:] == ("[key]",):
            found, position, expected = f"the key {place.path[-1]!r}", place.at, None
        if expected is None or detail["type"] not in _SCHEMA_SAYS_ALL:
            reason = detail["msg"][:1].lower() + detail["msg"][1:]
            message = f"found {found}: {reason}"
        else:
            message = f"found {found}, expected {expected}{_without_quotes(place)}"
        fixed = [str(value) for value in expectation.choices(place.schemas)]
        self.diagnostics.add(
            position,
            self._where(place.path),
            message,
            code="wrong-value",
            nearest_to=(place.node.text, fixed) if fixed and place.node.kind == "scalar" else None,
        )

    def _where(self, path: Sequence[str | int]) -> str:
        where = self.where
        for part in path[self.drop :]:
            where += f"[{part}]" if isinstance(part, int) else f".{part}" if where else str(part)
        return where
