"""A step with ``use``: its class says which keys are ports and which are parameters."""

from __future__ import annotations

from ragkit.component import RESERVED_KEYS, Component, FlowComponent, InputPort, input_ports
from ragkit.errors import RagkitError, nearest
from ragkit.spec.checking.context import Compilation, Setting
from ragkit.spec.nodes import Node
from ragkit.spec.plan import Position
from ragkit.spec.written.conditions import read_condition
from ragkit.spec.written.flow_keys import FlowKeys, Scopes
from ragkit.spec.written.flows import FlowReader
from ragkit.spec.written.parameters import Key, ParameterReader
from ragkit.spec.written.raw import RawGraph, RawStep
from ragkit.spec.written.settings import read_settings
from ragkit.spec.written.values import ValueReader, words

_NESTED = ("params", "parameters", "inputs", "args", "arguments", "config", "options", "with")
"""Where other languages put what stands on a step here."""
_COMMON = ("use", "when", "lm", "corpus", "needs_lm")


class UseReader:
    """Reads the keys of a step, or of one alternative of it, that has ``use``."""

    def __init__(self, compilation: Compilation, setting: Setting, graph: RawGraph, scopes: Scopes) -> None:
        self._compilation = compilation
        self._diagnostics = setting.diagnostics
        self._setting = setting
        self._graph = graph
        self._scopes = scopes

    def read(self, step: RawStep, keys: dict[str, Key], node: Node) -> None:
        """A step with ``use``: its class says what each key is."""
        own = {name: key.node for name, key in keys.items()}
        setting = read_settings(own, f"{step.where}.", self._setting, self._compilation)
        step.corpus, step.lm = setting.corpus, setting.lm
        values = ValueReader(self._compilation, self._diagnostics, self._graph, step)
        if "when" in keys:
            step.when = read_condition(own["when"], keys["when"].where, values, self._diagnostics)
            if step.when is None:
                mark_broken(step, own["when"])
        component = self._component(step, keys, node)
        if component is None:
            mark_broken(step, node)
            return
        step.component = component
        rest = {name: key for name, key in keys.items() if name not in _COMMON}
        if issubclass(component, FlowComponent):
            flow = FlowKeys(self._compilation, setting, self._graph, self._scopes, step)
            step.flow = FlowReader(flow).read(component, rest)
        else:
            self._leaf(step, component, rest, values, setting)

    def _component(self, step: RawStep, keys: dict[str, Key], node: Node) -> type[Component] | None:
        where = keys["use"].where if "use" in keys else f"{step.where}.use"
        if "use" not in keys:
            guess = nearest("use", keys)
            self._diagnostics.add(
                node.keys[guess] if guess is not None and guess in node.keys else step.position,
                step.where,
                f"the step has no 'use'{f' but {guess!r}' if guess else ''}",
                allowed="use: role.name, or one_of",
                code="missing-key",
            )
            return None
        use = keys["use"].node
        if use.broken:
            return None
        if use.kind == "map":
            text = "a search mark stands in the wrong place; to choose among components write 'one_of'"
            self._fail(use.position, where, text, "role.name", "mark-place")
            return None
        catalogue = self._compilation.catalogue
        if not isinstance(use.value, str) or use.value not in catalogue:
            names = catalogue.names()
            role = use.text.partition(".")[0]
            of_role = tuple(name for name in names if name.startswith(f"{role}."))
            roles = tuple(dict.fromkeys(f"{name.partition('.')[0]}.…" for name in names))
            self._diagnostics.add(
                use.position,
                where,
                f"unknown component {use.text!r}",
                allowed=of_role or roles,
                nearest_to=(use.text, names) if "." in use.text else _of_any_role(use.text, names),
                code="unknown-component",
            )
            return None
        step.use = use.value
        try:
            return self._shaped(catalogue.get(use.value), keys)
        except (RagkitError, TypeError, ImportError) as error:
            self._fail(use.position, where, f"the component {use.value!r} cannot be loaded: {error}", None, "component")
            return None

    def _shaped(self, component: type[Component], keys: dict[str, Key]) -> type[Component] | None:
        """The class with the ports that one of its parameters asks for; None where that parameter is wrong."""
        name = component.shaping
        key = None if name is None else keys.get(name)
        if name is None:
            return component
        if key is None:
            use = keys["use"]
            text = f"{use.node.value} has no {name!r}, on which its ports hang"
            self._fail(use.position, use.where, text, f"{name}: …", "missing-key")
            return None
        if key.node.broken:
            return None
        if key.node.kind != "scalar" or not isinstance(key.node.value, str):
            text = f"{name!r} is {key.node.describe()}, and the ports of the step hang on it"
            self._fail(key.node.position, key.where, text, "a text", "type")
            return None
        try:
            return component.shaped(key.node.value)
        except ValueError as error:
            self._fail(key.node.position, key.where, str(error), None, "parameters")
            return None

    def _leaf(
        self, step: RawStep, component: type[Component], keys: dict[str, Key], values: ValueReader, setting: Setting
    ) -> None:
        ports = {port.name: port for port in input_ports(component)}
        fields = component.Params.model_fields
        parameters = []
        unknown = []
        for name, key in keys.items():
            if name in ports:
                value = values.value(key.node, key.where, several=ports[name].is_list)
                step.inputs[name] = value
                if value is None:
                    step.mentions.update(words(key.node))
            elif name in fields:
                parameters.append(key)
            else:
                unknown.append(key)
        for key in unknown:
            step.mentions.update(words(key.node))
            self._unknown(step, key, (*ports, *fields))
        ParameterReader(self._compilation, setting, step, values).read(component, parameters)
        self._fill(step, ports, {key.name for key in unknown})

    def _unknown(self, step: RawStep, key: Key, known: tuple[str, ...]) -> None:
        allowed = (*known, *(name for name in RESERVED_KEYS if name not in ("use", "one_of", "default")))
        text = f"unknown key {key.name!r} for {step.use}"
        if key.name in _NESTED and key.node.kind == "map":
            text += "; inputs and parameters stand on the step itself"
        self._diagnostics.add(
            key.position,
            key.where,
            text,
            allowed=allowed,
            nearest_to=(key.name.partition("=")[0], allowed),
            code="unknown-key",
        )

    def _fill(self, step: RawStep, ports: dict[str, InputPort], unknown: set[str]) -> None:
        """Gives ``question`` and ``history`` their defaults; reports required ports that nothing feeds."""
        for name, port in ports.items():
            if name in step.inputs:
                continue
            if name in ("question", "history"):
                step.inputs[name] = self._compilation.refer(
                    name, step.position, f"{step.where}.{name}", self._graph, step
                )
            elif port.required and not any(nearest(key, ports) in (name, None) for key in unknown):
                self._graph.lose()
                self._fail(
                    step.position,
                    f"{step.where}.{name}",
                    f"the input {name!r} ({port.type}) of {step.use} is missing",
                    "a step, step.port, an input, or {value: …}",
                    "missing-input",
                )

    def _fail(self, position: Position, where: str, message: str, allowed: str | None, code: str) -> None:
        self._diagnostics.add(position, where, message, allowed=allowed, code=code)


def _of_any_role(text: str, names: tuple[str, ...]) -> tuple[str, tuple[str, ...]] | None:
    """A name without its role, beside the components that are called nearly so in any role."""
    guess = nearest(text, (name.partition(".")[2] for name in names))
    found = tuple(name for name in names if name.partition(".")[2] == guess)
    return (found[0], found) if found else None


def mark_broken(step: RawStep, node: Node) -> RawStep:
    """The step as one that could not be read; the names that stand in it count as read."""
    step.broken = True
    step.mentions.update(words(node))
    return step
