"""What a JSON Schema allows, as a phrase: ``a whole number of at least 1``, ``'mean' or 'max'``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Schema = Mapping[str, Any]


def resolved(schema: Schema, root: Schema) -> list[Schema]:
    """The alternatives of a schema: references followed, ``anyOf``, ``oneOf`` and a single ``allOf`` opened."""
    if "$ref" in schema:
        target: Any = root
        for part in str(schema["$ref"]).lstrip("#/").split("/"):
            target = target[part]
        return resolved({**target, **{k: v for k, v in schema.items() if k != "$ref"}}, root)
    for word in ("anyOf", "oneOf", "allOf"):
        if word in schema:
            return [found for part in schema[word] for found in resolved(part, root)]
    return [schema]


def step_into(schemas: Iterable[Schema], part: str | int, value: Any, root: Schema) -> list[Schema]:
    """The schemas of ``value``'s element ``part`` under any of ``schemas``."""
    found: list[Schema] = []
    for schema in fitting(schemas, value):
        if isinstance(part, int):
            prefix = schema.get("prefixItems", ())
            inner = prefix[part] if part < len(prefix) else schema.get("items")
        else:
            inner = schema.get("properties", {}).get(part, schema.get("additionalProperties"))
        if isinstance(inner, Mapping):
            found.extend(resolved(inner, root))
    return found


def fitting(schemas: Iterable[Schema], value: Any) -> list[Schema]:
    """Those of several alternatives whose constants (the tag of a union) agree with the value; all when none do."""
    every = list(schemas)
    if not isinstance(value, Mapping):
        return every
    chosen = [
        schema
        for schema in every
        if all(
            value.get(name, constant["const"]) == constant["const"]
            for name, constant in schema.get("properties", {}).items()
            if "const" in constant
        )
    ]
    return chosen or every


def names(schemas: Iterable[Schema]) -> list[str]:
    """The keys that a mapping under any of ``schemas`` may have, in the order of the model."""
    return list(dict.fromkeys(name for schema in schemas for name in schema.get("properties", {})))


def choices(schemas: Iterable[Schema]) -> list[Any]:
    """The fixed values that may stand there."""
    found: list[Any] = []
    for schema in schemas:
        found.extend(schema.get("enum", ()))
        if "const" in schema:
            found.append(schema["const"])
    return found


def phrase(schemas: Sequence[Schema], root: Schema) -> str | None:
    """What is allowed, in words; None when the schemas say nothing."""
    fixed = [_literal(value) for value in choices(schemas)]
    kinds = [_kind(schema, root) for schema in schemas if "enum" not in schema and "const" not in schema]
    parts = list(dict.fromkeys([kind for kind in kinds if kind is not None] + fixed))
    if "a number" in parts and "a whole number" in parts:
        parts.remove("a whole number")
    return None if not parts or None in kinds else either(parts)


def either(parts: Sequence[str]) -> str:
    """``a``, ``a or b``, ``a, b or c``."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} or {parts[-1]}"


def _literal(value: Any) -> str:
    return repr(value) if isinstance(value, str) else json.dumps(value)


def _kind(schema: Schema, root: Schema) -> str | None:
    kind = schema.get("type")
    if kind in ("integer", "number"):
        return ("a whole number" if kind == "integer" else "a number") + _bounds(schema)
    if kind == "string":
        return _text(schema)
    if kind == "boolean":
        return "true or false"
    if kind == "null":
        return "nothing (null)"
    if kind == "array":
        return _list(schema, root)
    return "a mapping" if kind == "object" else None


def _bounds(schema: Schema) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    if low is not None and high is not None:
        said = [f"from {low} to {high}"]
    else:
        said = [f"{word} {bound}" for word, bound in (
            ("of at least", low), ("above", above), ("of at most", high), ("below", below),
        ) if bound is not None]  # fmt: skip
    if "multipleOf" in schema:
        said.append(f"that is a multiple of {schema['multipleOf']}")
    return f" {' and '.join(said)}" if said else ""


def _text(schema: Schema) -> str:
    if "pattern" in schema:
        return f"text that matches {schema['pattern']!r}"
    low, high = schema.get("minLength"), schema.get("maxLength")
    if low == 1 and high is None:
        return "text that is not empty"
    said = [f"at least {low}"] if low else []
    said += [f"at most {high}"] if high is not None else []
    return f"text of {' and '.join(said)} characters" if said else "text"


def _list(schema: Schema, root: Schema) -> str:
    low, high = schema.get("minItems"), schema.get("maxItems")
    if low is not None and low == high:
        size = f" of {low}"
    else:
        said = [f"at least {low}"] if low else []
        said += [f"at most {high}"] if high is not None else []
        size = f" of {' and '.join(said)}" if said else ""
    items = schema.get("items")
    inner = phrase(resolved(items, root), root) if isinstance(items, Mapping) else None
    return f"a list{size}" + (f", each {inner}" if inner else "")
