"""What the editor completes and explains: the schema of pipeline files and the components, without what only a
validator needs.

    {"top", "common", "use", "one_of", "mark", "components": {use: {"doc", "keys", "ports"}}, "corpora"}

A **key** is ``{"doc", "kind", "type", "values", "default", "keys"}``, each where there is one; ``kind`` is ``use``,
``reference``, ``parameter``, ``corpus``, ``lm`` or ``other``. ``ui/editor/src/vocabulary.js`` reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ragkit.component import Component, FlowComponent, output_ports
from ragkit.spec.schema.schemas import Components, pipeline_schema

_COMMON = ("when", "lm", "corpus", "enabled", "needs_lm")
_KINDS = {
    "reference": "reference", "value": "reference", "values": "reference", "sources": "reference",
    "condition": "reference", "corpus": "corpus", "lm": "lm",
}  # fmt: skip
_FLOW_PORTS: Mapping[str, Mapping[str, str]] = {
    "flow.first": {"output": ""}, "flow.map": {"output": "list"}, "flow.pipeline": {"output": ""},
    "flow.route": {"output": "", "label": "Label"}, "flow.loop": {"output": "", "rounds": "int", "stopped": "str"},
}  # fmt: skip
_MOST_VALUES = 40


def vocabulary(catalogue: Components, corpora: Iterable[str]) -> dict[str, Any]:
    """The vocabulary of pipeline files that use these components and corpora."""
    schema = pipeline_schema(catalogue)
    found = schema["$defs"]
    common = found[catalogue.names()[0]]["properties"]
    return {
        "top": {name: _key(each, found) for name, each in schema["properties"].items()} | _top(),
        "common": {name: _key(common[name], found) for name in _COMMON},
        "use": {"doc": "the component of this step", "kind": "use"},
        "one_of": {"doc": found["one_of"]["properties"]["one_of"]["description"], "kind": "other"},
        "mark": {
            "choice": {"doc": "the values that `ragkit optimize` may try", "kind": "other"},
            "range": {"doc": "the lowest and the highest value that it may try", "kind": "other"},
            "step": {"doc": "the distance between the values of a range", "kind": "other"},
            "log": {"doc": "true tries a range by its logarithm", "kind": "other", "values": ["true", "false"]},
            "default": {"doc": "the value that a plain run takes", "kind": "other"},
            "from": {"doc": "the port that the value is read from", "kind": "reference"},
        },
        "components": {use: _component(use, catalogue.get(use), found) for use in catalogue.names()},
        "corpora": sorted(corpora),
    }


def _top() -> dict[str, Any]:
    """Keys whose kind the schema does not say: `output` refers to a step."""
    doc = "what the pipeline gives: a step, step.port, or {answer: …, passages: …}"
    keys = {name: {"doc": f"the port that holds the {name}", "kind": "reference"} for name in ("answer", "passages")}
    return {"output": {"doc": doc, "kind": "reference", "keys": keys}}


def _component(use: str, component: type[Component], found: Mapping[str, Any]) -> dict[str, Any]:
    properties = found[use]["properties"]
    parameters = component.Params.model_fields
    keys = {
        name: _key(each, found, "parameter" if name in parameters else None)
        for name, each in properties.items()
        if name not in (*_COMMON, "use")
    }
    ports: Mapping[str, str] = {port.name: str(port.type) for port in output_ports(component)}
    if issubclass(component, FlowComponent):
        ports = _FLOW_PORTS.get(use, {"output": ""})
    return {"doc": properties["use"]["description"], "keys": keys, "ports": dict(ports)}


def _key(schema: Mapping[str, Any], found: Mapping[str, Any], kind: str | None = None) -> dict[str, Any]:
    target = schema.get("$ref", "").removeprefix("#/$defs/")
    inner = schema.get("else", schema)
    doc = schema.get("description") or found.get(target, {}).get("description")
    values = list(dict.fromkeys(_values(inner)))[:_MOST_VALUES]
    told: dict[str, Any] = {"kind": kind or _KINDS.get(target, "other"), "doc": doc, "type": _types(inner)}
    if "default" in schema:
        told["default"] = schema["default"]
    if values:
        told["values"] = values
    if "properties" in inner:
        told["keys"] = {name: _key(each, found) for name, each in inner["properties"].items() if each is not False}
    return {name: value for name, value in told.items() if value not in (None, "")}


def _values(schema: Any) -> Iterable[Any]:
    """The words that may stand there, of a schema and its alternatives."""
    if not isinstance(schema, Mapping):
        return
    yield from schema.get("enum", ())
    if "const" in schema:
        yield schema["const"]
    if "boolean" in _type_list(schema):
        yield from ("true", "false")
    for each in schema.get("anyOf", ()):
        yield from _values(each)


def _types(schema: Mapping[str, Any]) -> str:
    """Its types in words; that a variable may stand anywhere is not repeated."""
    own = _type_list(schema)
    if "patternErrorMessage" in schema and len(own) > 1:
        own = [each for each in own if each != "string"]
    parts = [*own, *(_types(each) for each in schema.get("anyOf", ()) if each.get("pattern") != r"\$")]
    return " or ".join(dict.fromkeys(part for part in parts if part))


def _type_list(schema: Mapping[str, Any]) -> list[str]:
    given = schema.get("type", [])
    return [given] if isinstance(given, str) else list(given)
