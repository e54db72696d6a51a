"""A component as its class describes it, as data: for ``components show``, the docs and whoever reads ``--json``."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from typing import Any

from ragkit.component import Component, FlowComponent, bindable_parameters, input_ports, output_ports
from ragkit.components.catalogue import Catalogue


def component_names(catalogue: Catalogue, role: str | None = None) -> list[str]:
    """The names of all components, or of one role, sorted."""
    return [name for name in catalogue.names() if role is None or name.split(".")[0] == role]


def summary(cls: type[Component]) -> str:
    """The first sentence of the class's docstring."""
    text = " ".join(inspect.cleandoc(cls.__doc__ or "").split("\n\n")[0].split())
    head, stop, _ = text.partition(". ")
    return head + "." if stop else text


def describe(use: str, cls: type[Component]) -> dict[str, Any]:
    """Everything that a person or a program needs to use a component."""
    return {
        "use": use,
        "class": f"{cls.__module__}.{cls.__qualname__}",
        "summary": summary(cls),
        "doc": inspect.cleandoc(cls.__doc__ or ""),
        "inputs": [
            {"name": p.name, "type": str(p.type), "required": p.required, "list": p.is_list} for p in input_ports(cls)
        ],
        "outputs": [{"name": p.name, "type": str(p.type)} for p in output_ports(cls)],
        "parameters": _parameters(cls),
        "keys": _keys(cls),
        "needs": sorted(need.value for need in cls.needs),
        "passthrough": cls.passthrough,
        "deterministic": cls.deterministic,
    }


def _parameters(cls: type[Component]) -> list[dict[str, Any]]:
    schema = cls.Params.model_json_schema()
    bindable = bindable_parameters(cls)
    return [
        {
            "name": name,
            "type": type_text(part, schema.get("$defs", {})),
            "required": name in schema.get("required", ()),
            "default": part.get("default"),
            "bindable": name in bindable,
            "description": " ".join(part.get("description", "").split()),
        }
        for name, part in schema.get("properties", {}).items()
    ]


def _keys(cls: type[Component]) -> list[dict[str, Any]]:
    if not issubclass(cls, FlowComponent):
        return []
    return [
        {"name": name, "kind": key.kind, "required": key.required, "description": key.description}
        for name, key in cls.keys.items()
    ]


def type_text(part: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """A fragment of JSON Schema in a few words: ``int, at least 0``, ``one of: bm25, dense``, ``list of str``."""
    if "$ref" in part:
        name = part["$ref"].rsplit("/", 1)[-1]
        return type_text(definitions.get(name, {}), definitions)
    for union in ("anyOf", "oneOf"):
        if union in part:
            return " or ".join(dict.fromkeys(type_text(option, definitions) for option in part[union]))
    if "allOf" in part and len(part["allOf"]) == 1:
        return type_text(part["allOf"][0], definitions)
    if "const" in part:
        return json.dumps(part["const"])
    if "enum" in part:
        return "one of: " + ", ".join(value if isinstance(value, str) else json.dumps(value) for value in part["enum"])
    kind = part.get("type")
    if kind == "array":
        return f"list of {type_text(part.get('items', {}), definitions)}"
    if kind == "object":
        properties = part.get("properties")
        if properties:
            return "mapping of " + ", ".join(properties)
        values = part.get("additionalProperties")
        return f"mapping to {type_text(values, definitions)}" if isinstance(values, dict) else "mapping"
    names = {"integer": "int", "number": "float", "string": "str", "boolean": "bool", "null": "null"}
    limits = [
        f"{words} {part[key]:g}"
        for key, words in (
            ("minimum", "at least"), ("exclusiveMinimum", "above"),
            ("maximum", "at most"), ("exclusiveMaximum", "below"),
        )
        if key in part
    ]  # fmt: skip
    return ", ".join([names.get(str(kind), "any"), *limits])
