"""One step as written: which component, its ports, its parameters, and what may stand beside them."""

from __future__ import annotations

from collections.abc import Iterable

from ragkit.component import RESERVED_KEYS, Component, FlowComponent, InputPort, input_ports
from ragkit.errors import RagkitError, nearest
from ragkit.spec.conditions import read_condition
from ragkit.spec.context import MAX_STEPS, Compilation, Setting
from ragkit.spec.flows import FlowReader, Scopes
from ragkit.spec.names import check_name
from ragkit.spec.nodes import Node
from ragkit.spec.parameters import Key, ParameterReader
from ragkit.spec.plan import Position
from ragkit.spec.raw import RawGraph, RawStep
from ragkit.spec.settings import lacking_lm, read_drop, read_settings
from ragkit.spec.values import ValueReader, words

_COMMON = ("use", "when", "lm", "corpus", "needs_lm")
_OF_THE_STEP = ("one_of", "default", "enabled")


class StepReader:
    """Reads the steps of one graph."""

    def __init__(self, compilation: Compilation, setting: Setting, graph: RawGraph, scopes: Scopes) -> None:
        self._compilation = compilation
        self._diagnostics = setting.diagnostics
        self._setting = setting
        self._graph = graph
        self._scopes = scopes

    def read(self, name: str, node: Node, position: Position) -> RawStep:
        """One step of the graph's ``steps``."""
        path = f"{self._graph.path}.{name}" if self._graph.path else name
        where = f"{self._graph.where}.{name}"
        self._compilation.steps += 1
        check_name(name, position, where, "a step", self._diagnostics)
        step = RawStep(name, path, where, position, self._graph)
        if node.kind != "map" or node.broken:
            if not node.broken:
                found = f"the step is {node.describe()}"
                self._fail(node.position, where, found, "a mapping with 'use'", "type")
            return _broken(step, node)
        if self._compilation.steps > MAX_STEPS:
            self._compilation.full = True
            return _broken(step, node)
        setting = self._setting
        if "enabled" in node.value:
            setting = self._enabled(step, node.value["enabled"], setting)
        if "one_of" in node.value:
            step = self._alternatives(step, node, setting)
        else:
            keys = self._keys(node, path, setting, skip=("enabled",))
            self._one(step, keys, node, setting)
            if read_drop(node.value, f"{where}.", setting):
                self._drop(step, where, node.keys["needs_lm"])
        if step.optional or step.disabled is not None:
            self._check_passthrough(step, node)
        return step

    def _keys(self, node: Node, path: str, setting: Setting, skip: Iterable[str]) -> dict[str, Key]:
        return {
            name: Key(name, node.keys[name], inner, f"{path}.{name}", setting.when)
            for name, inner in node.value.items()
            if name not in skip
        }

    def _enabled(self, step: RawStep, node: Node, setting: Setting) -> Setting:
        where = f"{step.where}.enabled"
        if node.broken:
            self._compilation.marks.skip(f"{step.path}.enabled")
        elif isinstance(node.value, bool):
            step.disabled = None if node.value else "enabled: false"
        elif node.kind == "map" and set(node.value) == {"choice", "default"}:
            choices, default = node.value["choice"].plain(), node.value["default"].plain()
            well = isinstance(choices, list) and choices and all(isinstance(choice, bool) for choice in choices)
            if well and isinstance(default, bool) and default in choices and len(set(choices)) == len(choices):
                marks = self._compilation.marks
                on = marks.enabled(step.path, tuple(choices), default, setting.when, node, self._diagnostics)
                step.optional = False in choices
                step.disabled = None if on else "the search mark 'enabled' is false"
                return setting.inner(when=(*setting.when, (f"{step.path}.enabled", True)))
            self._bad_enabled(node, where, step)
        else:
            self._bad_enabled(node, where, step)
        return setting

    def _bad_enabled(self, node: Node, where: str, step: RawStep) -> None:
        self._compilation.marks.skip(f"{step.path}.enabled")
        allowed = "true, false, {choice: [true, false], default: true}"
        self._fail(node.position, where, f"'enabled' is {node.describe()}", allowed, "value")

    def _check_passthrough(self, step: RawStep, node: Node) -> None:
        for way in step.ways:
            if way.component is None or way.component.passthrough is not None or way.needs_lm_dropped is not None:
                continue
            dropped = "enabled" not in node.value
            key = "needs_lm" if dropped else "enabled"
            text = (
                f"{way.use} has no input that a disabled step could hand on, so this step cannot be left out"
                if not dropped
                else f"{way.use} has no input to hand on in its place, so this step cannot be dropped by itself; "
                "put it into a branch or an alternative with 'needs_lm: drop'"
            )
            self._fail(node.keys.get(key, step.position), f"{step.where}.{key}", text, None, "passthrough")

    def _drop(self, step: RawStep, where: str, position: Position) -> None:
        step.lm_optional = True
        lacking = next(lacking_lm(step), None)
        if lacking is None:
            return
        step.disabled = f"{step.use} needs an LM and none is set"
        self._compilation.marks.forget(step.path)
        self._compilation.note(f"step {step.path!r} is left out: {step.disabled}")

    def _alternatives(self, step: RawStep, node: Node, setting: Setting) -> RawStep:
        path, where = step.path, step.where
        given = node.value["one_of"]
        if "use" in node.value:
            self._fail(node.keys["use"], f"{where}.use", "'use' and 'one_of' both stand there", "one of them", "one-of")
        if given.kind != "map" or not given.value:
            if not given.broken:
                found = f"'one_of' is {given.describe()}"
                self._fail(given.position, f"{where}.one_of", found, "a mapping of names to steps", "type")
            self._compilation.marks.skip(f"{path}.use")
            return _broken(step, node)
        shared = self._keys(node, path, setting, skip=("use", "needs_lm", *_OF_THE_STEP))
        found: dict[str, RawStep] = {}
        for name, inner in given.value.items():
            found[name] = self._alternative(step, name, inner, given.keys[name], shared, setting)
        if "needs_lm" in node.value:
            text = "with 'one_of', 'needs_lm' stands on the alternative that may be dropped"
            self._fail(node.keys["needs_lm"], f"{where}.needs_lm", text, None, "one-of")
        chosen = self._choose(step, node, found, setting)
        if chosen is None:
            return _broken(step, node)
        for name, way in found.items():
            if way is not chosen:
                way.stands_for = chosen
                chosen.others.append(way)
        chosen.disabled, chosen.optional = step.disabled, step.optional
        return chosen

    def _alternative(
        self, step: RawStep, name: str, node: Node, position: Position, shared: dict[str, Key], setting: Setting
    ) -> RawStep:
        path, where = f"{step.path}.{name}", f"{step.where}.one_of.{name}"
        check_name(name, position, where, "an alternative", self._diagnostics)
        way = RawStep(step.name, step.path, where, position, self._graph, alternative=name)
        if node.kind != "map" or node.broken:
            if not node.broken:
                found = f"the alternative is {node.describe()}"
                self._fail(node.position, where, found, "a mapping with 'use'", "type")
            return _broken(way, node)
        for key in _OF_THE_STEP:
            if key in node.value and (key != "default" or node.value.get("use", node).text != "flow.route"):
                text = f"{key!r} stands on the step, not on an alternative"
                self._fail(node.keys[key], f"{where}.{key}", text, None, "one-of")
        inner = setting.inner(when=(*setting.when, (f"{step.path}.use", name)))
        own = self._keys(node, path, inner, skip=("one_of", "enabled"))
        way.inner_path = path
        self._one(way, {**shared, **own}, node, inner)
        if read_drop(node.value, f"{where}.", setting):
            way.lm_optional = True
            lacking = next(lacking_lm(way), None)
            if lacking is not None:
                way.needs_lm_dropped = f"{lacking.use} needs an LM and none is set"
                self._compilation.marks.forget(path)
                text = f"the alternative {name!r} of step {step.path!r} is left out: {way.needs_lm_dropped}"
                self._compilation.note(text)
        return way

    def _choose(self, step: RawStep, node: Node, found: dict[str, RawStep], setting: Setting) -> RawStep | None:
        names = tuple(name for name, way in found.items() if way.needs_lm_dropped is None)
        given = node.value.get("default")
        where = f"{step.where}.default"
        default = None if given is None else given.value
        if default not in found:
            self._compilation.marks.skip(f"{step.path}.use")
            if given is None:
                text = "'one_of' needs a 'default', which a plain run takes"
                self._fail(node.keys["one_of"], where, text, ", ".join(found), "mark-default")
            elif not given.broken:
                self._diagnostics.add(
                    given.position, where, f"the default {given.describe()} is not one of the alternatives",
                    allowed=tuple(found), nearest_to=(given.text, tuple(found)), code="mark-default",
                )  # fmt: skip
            return next(iter(found.values()))
        if not names:
            self._compilation.marks.skip(f"{step.path}.use")
            text = "every alternative of this step needs an LM and none is set"
            self._fail(node.keys["one_of"], f"{step.where}.one_of", text, "an alternative without LM, or an 'lm'", "lm")
            return found[default]
        if default not in names:
            self._compilation.note(f"step {step.path!r} uses {names[0]!r}: its default {default!r} is left out")
            default = names[0]
        marks = self._compilation.marks
        return found[marks.one_of(step.path, names, default, setting.when, node.position, self._diagnostics)]

    def _one(self, step: RawStep, keys: dict[str, Key], node: Node, setting: Setting) -> None:
        """A step with ``use``: its class says what each key is."""
        own = {name: key.node for name, key in keys.items()}
        setting = read_settings(own, f"{step.where}.", setting, self._compilation)
        step.corpus, step.lm = setting.corpus, setting.lm
        values = ValueReader(self._compilation, self._diagnostics, self._graph, step)
        if "when" in keys:
            step.when = read_condition(own["when"], f"{step.where}.when", values, self._diagnostics)
            if step.when is None:
                _broken(step, own["when"])
        component = self._component(step, keys, node)
        if component is None:
            _broken(step, node)
            return
        step.component = component
        rest = {name: key for name, key in keys.items() if name not in _COMMON}
        if issubclass(component, FlowComponent):
            FlowReader(self._compilation, setting, self._graph, self._scopes).read(step, component, rest)
        else:
            self._leaf(step, component, rest, values, setting)

    def _component(self, step: RawStep, keys: dict[str, Key], node: Node) -> type[Component] | None:
        where = f"{step.where}.use"
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
            self._diagnostics.add(
                use.position, where, f"unknown component {use.text!r}", allowed=of_role or names,
                nearest_to=(use.text, names), code="unknown-component",
            )  # fmt: skip
            return None
        step.use = use.value
        try:
            return catalogue.get(use.value)
        except (RagkitError, TypeError, ImportError) as error:
            self._fail(use.position, where, f"the component {use.value!r} cannot be loaded: {error}", None, "component")
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
                value = values.value(key.node, f"{step.where}.{name}", several=ports[name].is_list)
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
        self._fill(step, ports, {key.name for key in unknown}, values)

    def _unknown(self, step: RawStep, key: Key, known: tuple[str, ...]) -> None:
        names = (*known, *RESERVED_KEYS)
        self._diagnostics.add(
            key.position,
            f"{step.where}.{key.name}",
            f"unknown key {key.name!r} for {step.use}",
            allowed=(*known, *(name for name in RESERVED_KEYS if name not in ("use", "one_of", "default"))),
            nearest_to=(key.name, names),
            code="unknown-key",
        )

    def _fill(self, step: RawStep, ports: dict[str, InputPort], unknown: set[str], values: ValueReader) -> None:
        """Gives ``question`` and ``history`` their defaults; reports required ports that nothing feeds."""
        for name, port in ports.items():
            if name in step.inputs:
                continue
            if name in ("question", "history"):
                step.inputs[name] = self._compilation.refer(
                    name, step.position, f"{step.where}.{name}", self._graph, step
                )
            elif port.required and not any(nearest(key, ports) in (name, None) for key in unknown):
                self._fail(
                    step.position,
                    f"{step.where}.{name}",
                    f"the input {name!r} ({port.type}) of {step.use} is missing",
                    "a step, step.port, an input, or {value: …}",
                    "missing-input",
                )

    def _fail(self, position: Position, where: str, message: str, allowed: str | None, code: str) -> None:
        self._diagnostics.add(position, where, message, allowed=allowed, code=code)


def _broken(step: RawStep, node: Node) -> RawStep:
    step.broken = True
    step.mentions.update(words(node))
    return step
