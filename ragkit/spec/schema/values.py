"""Values in the JSON Schema: what pydantic says of a parameter, opened for variables and search marks.

``${NAME}`` is a text until it is read, so wherever a number, a bool or a fixed word stands, such a text is allowed too.
Schemas are kept flat where they can be (one schema with several types rather than ``anyOf``): editors then name the
one thing that is wrong instead of every branch that did not fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]

WHOLE_VARIABLE = r"^\$\{.+\}$"
VARIABLE = r"\$"
_SCALARS = {"integer": "a whole number", "number": "a number", "boolean": "true or false"}
_CONSTRAINED_TEXT = ("pattern", "maxLength")


def scalar(kind: str) -> Schema:
    """A number or a bool, or the variable that holds it. Editors show ``patternErrorMessage`` for any other text."""
    said = f"expected {_SCALARS[kind]}, or a variable ${{NAME}}"
    return {"type": [kind, "string"], "pattern": WHOLE_VARIABLE, "patternErrorMessage": said}


def variable() -> Schema:
    """A text with a variable in it."""
    return {"type": "string", "pattern": VARIABLE}


def opened(schema: Mapping[str, Any]) -> Schema:
    """A schema that also takes ``${NAME}`` at each of its scalars; titles are left out."""
    if "enum" in schema or "const" in schema:
        kept = {key: value for key, value in schema.items() if key != "title"}
        notes: Schema = {key: kept.pop(key) for key in ("description", "default") if key in kept}
        return {**notes, "anyOf": [kept, variable()]}
    if "discriminator" in schema:
        return _tagged(schema)
    found: Schema = {}
    for key, value in schema.items():
        if key == "title":
            continue
        if key in ("properties", "$defs"):
            found[key] = {name: opened(inner) for name, inner in value.items()}
        elif key in ("items", "additionalProperties") and isinstance(value, Mapping):
            found[key] = opened(value)
        elif key == "prefixItems":
            found[key] = [opened(inner) for inner in value]
        elif key in ("anyOf", "oneOf", "allOf"):
            # A variable may stand where members differ, and then fits more than one of them.
            found["anyOf" if key == "oneOf" else key] = [opened(inner) for inner in value]
        else:
            found[key] = value
    kind = found.get("type")
    if kind in _SCALARS:
        found.update(scalar(kind))
    elif kind == "string" and any(word in found for word in _CONSTRAINED_TEXT):
        notes = {key: found.pop(key) for key in ("description", "default") if key in found}
        return {**notes, "anyOf": [found, variable()]}
    return _merged(found)


def _tagged(schema: Mapping[str, Any]) -> Schema:
    """A union whose members are told apart by a key: that key first, then the member it names and no other."""
    tag = schema["discriminator"]["propertyName"]
    members: Mapping[str, str] = schema["discriminator"]["mapping"]
    notes: Schema = {key: schema[key] for key in ("description", "default") if key in schema}
    return {
        **notes,
        "type": "object",
        "properties": {tag: {"anyOf": [{"enum": list(members)}, variable()]}},
        "required": [tag],
        "allOf": [{"if": chosen(tag, name), "then": {"$ref": member}} for name, member in members.items()],
    }


def chosen(key: str, value: str) -> Schema:
    """The mappings whose ``key`` has this value."""
    return {"type": "object", "properties": {key: {"const": value}}, "required": [key]}


def _merged(schema: Schema) -> Schema:
    """``anyOf`` of one simple type and null as one schema with both types."""
    members = schema.get("anyOf", ())
    others = [member for member in members if member != {"type": "null"}]
    if len(members) != 2 or len(others) != 1 or "type" not in others[0]:
        return schema
    types = others[0]["type"]
    types = [types] if isinstance(types, str) else list(types)
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**others[0], **rest, "type": [*types, "null"]}


def may_be_mapping(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> bool:
    """Whether a mapping can be a value of this schema, so that it must be told apart from a search mark."""
    if "$ref" in schema:
        return may_be_mapping(definitions[str(schema["$ref"]).rpartition("/")[2]], definitions)
    if "anyOf" in schema:
        return any(may_be_mapping(member, definitions) for member in schema["anyOf"])
    kinds = schema.get("type", "object")
    return "object" in ([kinds] if isinstance(kinds, str) else kinds)


def is_number(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> bool:
    """Whether a number can be a value of this schema, so that a range of them can be searched."""
    if "$ref" in schema:
        return is_number(definitions[str(schema["$ref"]).rpartition("/")[2]], definitions)
    kinds = schema.get("type", ())
    if any(kind in ("integer", "number") for kind in ([kinds] if isinstance(kinds, str) else kinds)):
        return True
    return any(is_number(member, definitions) for member in schema.get("anyOf", ()))


def parameter(value: Schema, definitions: Mapping[str, Any], *, bindable: bool, mark_at: str) -> tuple[Schema, Schema]:
    """A parameter: its value, a search mark over such values, or, where it is bindable, ``{from: step.port}``.

    Args:
        value: The schema of its values, opened.
        definitions: What ``value`` may refer to.
        bindable: It may be read from a port.
        mark_at: The reference under which the schema of its marks will stand.

    Returns:
        The schema of the parameter, and the schema of its marks.
    """
    notes: Schema = {key: value[key] for key in ("description", "default") if key in value}
    bare = {key: inner for key, inner in value.items() if key not in notes}
    meant_as_mark: Schema = {"type": "object"}
    if may_be_mapping(value, definitions):
        meant_as_mark = _meant_as_mark(bindable)
    whole: Schema = {**notes, "if": meant_as_mark, "then": {"$ref": mark_at}, "else": bare}
    return whole, mark(bare, bindable=bindable, number=is_number(value, definitions))


def mark(value: Schema, *, bindable: bool, number: bool) -> Schema:
    """What may stand in the place of a value: ``{choice: …}``, ``{range: …}``, ``{from: …}``."""
    properties: Schema = {
        "choice": {
            "description": "the values that a search may choose from",
            "type": "array",
            "minItems": 1,
            "uniqueItems": True,
            "items": value,
        },
        "default": {**value, "description": "the value that a plain run takes; one of the choices, or in the range"},
    }
    if number:
        properties["range"] = {
            "description": "the lowest and the highest value that a search may choose",
            "type": "array",
            "minItems": 2,
            "maxItems": 2,
            "items": {"allOf": [scalar("number"), value]},
        }
        properties["step"] = {
            "description": "how far apart the values of the range are",
            "exclusiveMinimum": 0,
            **scalar("number"),
        }
        properties["log"] = {
            "description": "search the range on a logarithmic scale",
            **scalar("boolean"),
        }
    has_choice: Schema = {"required": ["default"]}
    if number:
        has_choice["if"] = {"required": ["choice"]}
        has_choice["then"] = {"properties": {"range": False, "step": False, "log": False}}
        has_choice["else"] = {"required": ["range"]}
    else:
        has_choice["required"] = ["choice", "default"]
    made: Schema = {
        "description": "a search mark: the values that `ragkit optimize` may try, and the one that a plain run takes",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
    if not bindable:
        return {**made, **has_choice}
    properties["from"] = {"$ref": "#/$defs/reference", "description": "the port that the value is read from"}
    return {**made, "if": {"required": ["from"]}, "then": {"maxProperties": 1}, "else": has_choice}


def _meant_as_mark(bindable: bool) -> Schema:
    """Where a mapping can be a value: the keys by which it is a mark nevertheless."""
    words = ["choice", "range", "step", "log", "default"]
    forms: list[Schema] = [
        {
            "anyOf": [{"required": ["choice"]}, {"required": ["range"]}],
            "if": {"propertyNames": {"enum": words}},
            "else": {"required": ["default"]},
        }
    ]
    if bindable:
        forms.append({"required": ["from"], "maxProperties": 1})
    return {"type": "object", "anyOf": forms}
