"""The keys of ``flow.*`` steps, as their classes declare them."""

from __future__ import annotations

from collections.abc import Callable

from ragkit.component import RESERVED_KEYS, FlowComponent
from ragkit.errors import nearest
from ragkit.spec.written.flow_keys import FlowKeys
from ragkit.spec.written.loops import LoopReader
from ragkit.spec.written.parameters import Key
from ragkit.spec.written.raw import RawFirst, RawFlow, RawGraph, RawMap, RawPipeline
from ragkit.spec.written.raw_values import Input, Several
from ragkit.spec.written.routes import RouteReader
from ragkit.spec.written.values import words


class FlowReader:
    """Reads one ``flow.*`` step."""

    def __init__(self, flow: FlowKeys) -> None:
        self._flow = flow
        self._step = flow.step
        self._diagnostics = flow.diagnostics

    def read(self, component: type[FlowComponent], keys: dict[str, Key]) -> RawFlow | None:
        """What the step is; None for a flow that this version cannot run."""
        kinds: dict[str, Callable[[dict[str, Key]], RawFlow]] = {
            "flow.route": RouteReader(self._flow).read,
            "flow.map": self._map,
            "flow.loop": LoopReader(self._flow).read,
            "flow.first": self._first,
            "flow.pipeline": self._pipeline,
        }
        if self._step.use not in kinds:
            text = f"{self._step.use!r} is a flow that this version cannot run"
            self._diagnostics.add(
                self._step.position, self._step.where, text, allowed=tuple(kinds), code="unknown-component"
            )
            self._step.broken = True
            return None
        known = {name: key for name, key in keys.items() if name in component.keys}
        self._check(component, keys)
        return kinds[self._step.use](known)

    def _check(self, component: type[FlowComponent], keys: dict[str, Key]) -> None:
        """Reports unknown keys, and missing ones that no unknown key was meant for."""
        unknown = [key for name, key in keys.items() if name not in component.keys]
        for key in unknown:
            self._diagnostics.add(
                key.position,
                key.where,
                f"unknown key {key.name!r} for {self._step.use}",
                allowed=(*component.keys, *(key for key in RESERVED_KEYS if key not in ("use", "one_of", "default"))),
                nearest_to=(key.name, (*component.keys, *RESERVED_KEYS)),
                code="unknown-key",
            )
            self._step.mentions.update(words(key.node))
        missing = [name for name, declared in component.keys.items() if declared.required and name not in keys]
        for name in missing:
            if any(nearest(key.name, component.keys) == name for key in unknown):
                continue
            declared = component.keys[name]
            code = "unbounded" if declared.kind == "count" else "missing-key"
            text = f"{self._step.use} needs {name!r}: {declared.description}"
            self._diagnostics.add(self._step.position, f"{self._step.where}.{name}", text, code=code)
        self._step.broken = self._step.broken or bool(unknown) or bool(missing)

    def _map(self, keys: dict[str, Key]) -> RawMap:
        body = RawGraph(self._flow.inner_path, f"{self._step.where}.steps", self._flow.graph, self._step)
        body.inputs["item"] = Input("item", body)
        over = self._flow.value(keys, "over")
        found = RawMap(over, self._flow.count(keys, "max_items") or 1, body)
        self._flow.body(body, keys)
        return found

    def _first(self, keys: dict[str, Key]) -> RawFirst:
        if "of" not in keys:
            return RawFirst(())
        value = self._flow.values.value(keys["of"].node, keys["of"].where, several=True)
        return RawFirst(value.items if isinstance(value, Several) else (value,))

    def _pipeline(self, keys: dict[str, Key]) -> RawPipeline:
        graph = RawGraph(self._flow.inner_path, "steps", None, self._step)
        where = self._step.where
        found = "path" in keys and self._flow.scopes.include(
            keys["path"].node, keys["path"].where, graph, self._flow.setting
        )
        given = keys["bind"].node if "bind" in keys else None
        bind = self._flow.bindings(given, f"{where}.bind", graph.inputs if found else None)
        self._flow.pass_on(bind, where, self._step.position)
        return RawPipeline(graph if found else None, bind)
