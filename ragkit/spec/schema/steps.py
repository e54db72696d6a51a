"""Steps as JSON Schema: one definition for each component, made from its class."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable

from ragkit.component import (
    Component,
    FlowComponent,
    FlowKey,
    InputPort,
    bindable_parameters,
    input_ports,
    output_ports,
)
from ragkit.spec.schema.language import common_keys, ref
from ragkit.spec.schema.values import Schema, chosen, opened, parameter, variable

_SECTION = re.compile(r"^(?:[A-Z]\w*:$|Source:|Example|.*::$)", re.MULTILINE)
_GIVEN = ("question", "history")
_FLOW_KEYS = {
    "reference": "value",
    "references": "values",
    "source": "reference",
    "sources": "sources",
    "condition": "condition",
    "steps": "steps",
    "branches": "branches",
    "bindings": "bindings",
    "name": "label",
    "count": "count",
}


def step_definitions(components: Iterable[tuple[str, type[Component]]]) -> Schema:
    """The definitions ``step`` and ``alternative``, and those of each component and its parameters.

    Args:
        components: ``role.name`` and class, in the order in which an editor offers them.
    """
    found: Schema = {}
    known = {"use", "one_of", "default", *common_keys()}
    rules: list[Schema] = []
    inside: list[Schema] = []
    for use, component in components:
        found.update(_component(use, component))
        known.update(found[use]["properties"])
        condition = chosen("use", use)
        required = _required(component)
        then = {**ref(use), "required": required} if required else ref(use)
        rules.append({"if": condition, "then": then})
        inside.append({"if": condition, "then": ref(use)})
    # No description here: an editor shows that of the component, which stands with its ports and parameters.
    uses = [rule["if"]["properties"]["use"]["const"] for rule in rules]
    choice = {"anyOf": [{"enum": uses}, variable()]}
    found["step"] = {
        "description": "one use of a component: `use`, its inputs, its parameters; or `one_of` to choose among some",
        "type": "object",
        "properties": {"use": choice},
        "if": {"type": "object", "required": ["one_of"]},
        "then": ref("one_of"),
        "else": {"required": ["use"], "allOf": rules},
    }
    found["one_of"] = _one_of(sorted(known))
    found["alternative"] = {
        "description": "one of the components that the step may use; keys of the step itself hold for all of them",
        "type": "object",
        "properties": {"use": choice, "enabled": False, "one_of": False},
        "required": ["use"],
        "allOf": inside,
    }
    return found


def _one_of(known: list[str]) -> Schema:
    common = common_keys()
    return {
        "type": "object",
        "properties": {
            "one_of": {
                "description": "the components to choose among, by a name of their own",
                "type": "object",
                "minProperties": 1,
                "propertyNames": ref("name"),
                "additionalProperties": ref("alternative"),
            },
            "default": {"description": "the name of the one that a plain run takes", "type": "string"},
            "use": False,
            "when": common["when"],
            "lm": common["lm"],
            "corpus": common["corpus"],
            "enabled": common["enabled"],
            "needs_lm": False,
        },
        "required": ["one_of", "default"],
        "propertyNames": {"enum": known},
    }


def _component(use: str, component: type[Component]) -> Schema:
    common = common_keys()
    if component.passthrough is None:
        text = f"{use} has no input to hand on, so it cannot be left out"
        common["enabled"] = {"description": text, "anyOf": [{"const": True}, variable()]}
    properties: Schema = {"use": {"description": _text(use, component), "const": use}}
    definitions: Schema = {}
    if issubclass(component, FlowComponent):
        properties.update({name: _flow_key(key) for name, key in component.keys.items()})
    else:
        properties.update({port.name: _port(port) for port in input_ports(component)})
        parameters, definitions = _parameters(use, component)
        properties.update(parameters)
    # Ports that hang on a parameter cannot be listed; what they are called is checked with it.
    others: Schema | bool = False if component.shaping is None else ref("values", "an input that the step declares")
    definition = {"type": "object", "properties": {**properties, **common}, "additionalProperties": others}
    return {use: definition, **definitions}


def _parameters(use: str, component: type[Component]) -> tuple[Schema, Schema]:
    """The schemas of the parameters, and the definitions that they refer to."""
    schema = component.Params.model_json_schema(ref_template=f"#/$defs/{use}.{{model}}")
    definitions = {f"{use}.{name}": opened(inner) for name, inner in schema.get("$defs", {}).items()}
    bindable = bindable_parameters(component)
    found: Schema = {}
    for name, inner in schema.get("properties", {}).items():
        at = f"{use}.{name}.mark"
        found[name], definitions[at] = parameter(
            opened(inner), definitions, bindable=name in bindable, mark_at=f"#/$defs/{at}"
        )
    return found, definitions


def _port(port: InputPort) -> Schema:
    what = f"input, {port.type}" if not port.is_list else f"input, {port.type}: one reference or several"
    if port.name in _GIVEN:
        what += f"; by default the {port.name} of the pipeline"
    elif not port.required:
        what += "; may be left out"
    return ref("values" if port.is_list else "value", what)


def _flow_key(key: FlowKey) -> Schema:
    if key.kind == "path":
        return {"description": key.description, "type": "string", "minLength": 1}
    return ref(_FLOW_KEYS[key.kind], key.description)


def _required(component: type[Component]) -> list[str]:
    if issubclass(component, FlowComponent):
        return [name for name, key in component.keys.items() if key.required]
    ports = [port.name for port in input_ports(component) if port.required and port.name not in _GIVEN]
    return ports + [name for name, field in component.Params.model_fields.items() if field.is_required()]


def _text(use: str, component: type[Component]) -> str:
    """The class docstring up to its first section, and the ports that can be read."""
    whole = inspect.getdoc(component) or ""
    section = _SECTION.search(whole)
    paragraphs = whole[: section.start()] if section else whole
    said = [" ".join(paragraph.split()) for paragraph in paragraphs.split("\n\n") if paragraph.strip()]
    ports = output_ports(component)
    if ports:
        said.append(f"Ports of {use}: " + ", ".join(f"{port.name} ({port.type})" for port in ports) + ".")
    return "\n\n".join(said).replace("``", "`")
