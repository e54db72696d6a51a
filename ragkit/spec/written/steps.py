"""One step as written: whether it is there, which of its alternatives, and then what stands under ``use``."""

from __future__ import annotations

from collections.abc import Iterable

from ragkit.component import Need
from ragkit.spec.checking.context import MAX_STEPS, Compilation, Setting
from ragkit.spec.nodes import Node
from ragkit.spec.plan import Position
from ragkit.spec.written.flow_keys import Scopes
from ragkit.spec.written.names import check_name
from ragkit.spec.written.parameters import Key
from ragkit.spec.written.raw import RawGraph, RawStep
from ragkit.spec.written.settings import lacking_lm, read_drop
from ragkit.spec.written.uses import UseReader, mark_broken

_OF_THE_STEP = ("one_of", "enabled")


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
        step = RawStep(name, path, where, position, self._graph)
        if not check_name(name, position, where, "a step", self._diagnostics):
            step.mentions.add(name)
        if node.kind != "map" or node.broken:
            if not node.broken:
                found = f"the step is {node.describe()}"
                short = node.kind == "scalar" and node.value in self._compilation.catalogue
                allowed = f"a mapping with 'use': {{use: {node.text}}}" if short else "a mapping with 'use'"
                self._fail(node.position, where, found, allowed, "type")
            self._graph.lose()
            return mark_broken(step, node)
        if self._compilation.steps > MAX_STEPS:
            self._compilation.full = True
            return mark_broken(step, node)
        setting = self._setting
        if "enabled" in node.value:
            setting = self._enabled(step, node.value["enabled"], setting)
        if "one_of" in node.value:
            step = self._alternatives(step, node, setting)
        else:
            keys = self._keys(node, where, path, setting, skip=("enabled",))
            UseReader(self._compilation, setting, self._graph, self._scopes).read(step, keys, node)
            if read_drop(node.value, f"{where}.", setting):
                self._drop(step, node.keys["needs_lm"])
        if step.optional or step.disabled is not None:
            self._check_passthrough(step, node)
        return step

    @staticmethod
    def _keys(node: Node, where: str, path: str, setting: Setting, skip: Iterable[str]) -> dict[str, Key]:
        return {
            name: Key(name, node.keys[name], inner, f"{where}.{name}", f"{path}.{name}", setting.when)
            for name, inner in node.value.items()
            if name not in skip
        }

    def _enabled(self, step: RawStep, node: Node, setting: Setting) -> Setting:
        """Reads ``enabled``; a search mark makes the marks inside count only while the step is there."""
        if isinstance(node.value, bool) and not node.broken:
            step.disabled = None if node.value else "enabled: false"
            return setting
        choices = _bools(node.value["choice"]) if node.kind == "map" and "choice" in node.value else ()
        default = node.value["default"].value if node.kind == "map" and "default" in node.value else None
        if not choices or not isinstance(default, bool) or default not in choices or len(node.value) != 2:
            self._compilation.marks.skip(f"{step.path}.enabled")
            if not node.broken:
                allowed = "true, false, {choice: [true, false], default: true}"
                found = f"'enabled' is {node.describe()}"
                self._fail(node.position, f"{step.where}.enabled", found, allowed, "value")
            return setting
        marks = self._compilation.marks
        on = marks.enabled(step.path, choices, default, setting.when, node, self._diagnostics)
        step.optional = False in choices
        step.disabled = None if on else "its search mark 'enabled' is false"
        return setting.inner(when=(*setting.when, (f"{step.path}.enabled", True)))

    def _check_passthrough(self, step: RawStep, node: Node) -> None:
        for way in step.ways:
            if "enabled" in node.value and way.component is not None and way.component.passthrough is None:
                text = f"{way.use} has no input to hand on in its place, so this step cannot be left out"
                self._fail(node.keys["enabled"], f"{step.where}.enabled", text, None, "passthrough")

    def _drop(self, step: RawStep, position: Position) -> None:
        """``needs_lm: drop`` on a step: without an LM it hands on its input, as a disabled one does."""
        component = step.component
        if component is None:
            return
        where = f"{step.where}.needs_lm"
        if component.passthrough is None:
            text = (
                f"{step.use} has no input to hand on in its place, so this step cannot be dropped by itself; "
                "put it into a branch or an alternative that says 'needs_lm: drop'"
            )
            self._fail(position, where, text, None, "passthrough")
        elif Need.LM not in component.needs:
            self._fail(position, where, f"{step.use} needs no LM, so 'needs_lm' says nothing here", None, "lm")
        step.lm_optional = True
        if step.disabled is None and next(lacking_lm(step), None) is not None:
            step.disabled = f"{step.use} needs an LM and none is set"
            self._compilation.marks.forget(step.path)
            self._compilation.note(f"step {step.path!r} is left out: {step.disabled}")

    def _alternatives(self, step: RawStep, node: Node, setting: Setting) -> RawStep:
        """``one_of``: every alternative is read and checked, one is chosen."""
        path, where = step.path, step.where
        given = node.value["one_of"]
        if "use" in node.value:
            self._fail(node.keys["use"], f"{where}.use", "'use' and 'one_of' both stand there", "one of them", "one-of")
        if given.kind != "map" or not given.value:
            if not given.broken:
                text = f"'one_of' is {given.describe()}"
                self._fail(given.position, f"{where}.one_of", text, "a mapping of names to steps", "type")
            self._compilation.marks.skip(f"{path}.use")
            return mark_broken(step, node)
        shared = self._keys(node, where, path, setting, skip=("use", "needs_lm", "default", *_OF_THE_STEP))
        found: dict[str, RawStep] = {}
        for name, inner in given.value.items():
            found[name] = self._alternative(step, name, inner, given.keys[name], shared, setting)
        if "needs_lm" in node.value:
            text = "with 'one_of', 'needs_lm' stands on the alternative that may be dropped"
            self._fail(node.keys["needs_lm"], f"{where}.needs_lm", text, None, "one-of")
        chosen = self._choose(step, node, found, setting)
        for way in found.values():
            if way is not chosen:
                way.stands_for = chosen
                chosen.others.append(way)
        chosen.disabled, chosen.optional, chosen.position = step.disabled, step.optional, step.position
        chosen.mentions |= step.mentions
        return chosen

    def _alternative(
        self, step: RawStep, name: str, node: Node, position: Position, shared: dict[str, Key], setting: Setting
    ) -> RawStep:
        path, where = f"{step.path}.{name}", f"{step.where}.one_of.{name}"
        check_name(name, position, where, "an alternative", self._diagnostics)
        way = RawStep(step.name, step.path, where, position, self._graph, alternative=name, inner_path=path)
        if node.kind != "map" or node.broken:
            if not node.broken:
                found = f"the alternative is {node.describe()}"
                self._fail(node.position, where, found, "a mapping with 'use'", "type")
            return mark_broken(way, node)
        for key in _OF_THE_STEP:
            if key in node.value:
                text = f"{key!r} stands on the step, not on an alternative"
                self._fail(node.keys[key], f"{where}.{key}", text, None, "one-of")
        inner = setting.inner(when=(*setting.when, (f"{step.path}.use", name)))
        keys = {**shared, **self._keys(node, where, path, inner, skip=_OF_THE_STEP)}
        UseReader(self._compilation, inner, self._graph, self._scopes).read(way, keys, node)
        if read_drop(node.value, f"{where}.", setting):
            way.lm_optional = True
            lacking = next(lacking_lm(way), None)
            if lacking is not None:
                way.needs_lm_dropped = f"{lacking.use} needs an LM and none is set"
                self._compilation.marks.forget(path)
                text = f"the alternative {name!r} of step {step.path!r} is left out: {way.needs_lm_dropped}"
                self._compilation.note(text)
        return way

    def _choose(self, step: RawStep, node: Node, found: dict[str, RawStep], setting: Setting) -> RawStep:
        names = tuple(name for name, way in found.items() if way.needs_lm_dropped is None)
        given = node.value.get("default")
        where = f"{step.where}.default"
        default = None if given is None or given.kind != "scalar" else given.value
        if default not in found:
            self._compilation.marks.skip(f"{step.path}.use")
            if given is None:
                text = "'one_of' needs a 'default', which a plain run takes"
                self._fail(node.keys["one_of"], where, text, ", ".join(found), "mark-default")
            elif not given.broken:
                self._diagnostics.add(
                    given.position,
                    where,
                    f"the default {given.describe()} is not one of the alternatives",
                    allowed=tuple(found),
                    nearest_to=(given.text, tuple(found)),
                    code="mark-default",
                )
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

    def _fail(self, position: Position, where: str, message: str, allowed: str | None, code: str) -> None:
        self._diagnostics.add(position, where, message, allowed=allowed, code=code)


def _bools(node: Node) -> tuple[bool, ...]:
    """A list of true and false, each at most once; empty where it is something else."""
    values = node.plain()
    if not isinstance(values, list) or not all(isinstance(value, bool) for value in values):
        return ()
    return tuple(values) if len(set(values)) == len(values) else ()
