"""The keys of ``flow.*`` steps."""

from __future__ import annotations

from typing import Protocol

from ragkit.component import RESERVED_KEYS, Component, FlowComponent
from ragkit.spec.conditions import read_condition
from ragkit.spec.context import Compilation, Setting
from ragkit.spec.marks import is_mark
from ragkit.spec.names import check_label, check_name
from ragkit.spec.nodes import Node
from ragkit.spec.parameters import Key
from ragkit.spec.plan import Position
from ragkit.spec.raw import (
    Input,
    RawBranch,
    RawCondition,
    RawFirst,
    RawGraph,
    RawLoop,
    RawMap,
    RawPipeline,
    RawRoute,
    RawStep,
    RawValue,
    Reference,
    Several,
    Written,
)
from ragkit.spec.settings import graph_lacking_lm, read_drop, read_settings
from ragkit.spec.values import ValueReader, words

LOOP_PORTS = ("output", "rounds", "stopped")
_BRANCH_KEYS = ("steps", "output", "pipeline", "bind", "corpus", "lm", "needs_lm")


class Scopes(Protocol):
    """Reads the graphs inside flow steps."""

    def fill(self, graph: RawGraph, steps: Node, output: Node | None, setting: Setting) -> None:
        """Reads ``steps`` and ``output`` of a scope into its graph."""

    def include(self, path: Node, where: str, graph: RawGraph, setting: Setting) -> bool:
        """Reads a pipeline file into a graph; False where it cannot be read, which has been reported."""


class FlowReader:
    """Reads one ``flow.*`` step."""

    def __init__(self, compilation: Compilation, setting: Setting, graph: RawGraph, scopes: Scopes) -> None:
        self._compilation = compilation
        self._diagnostics = setting.diagnostics
        self._setting = setting
        self._graph = graph
        self._scopes = scopes

    def read(self, step: RawStep, component: type[Component], keys: dict[str, Key]) -> None:
        """Fills ``flow`` of the step."""
        kinds = {
            "flow.route": self._route,
            "flow.map": self._map,
            "flow.loop": self._loop,
            "flow.first": self._first,
            "flow.pipeline": self._pipeline,
        }
        assert issubclass(component, FlowComponent)
        if step.use not in kinds:
            text = f"{step.use!r} is a flow that this version cannot run"
            self._diagnostics.add(step.position, step.where, text, allowed=tuple(kinds), code="unknown-component")
            step.broken = True
            return
        for name, key in keys.items():
            if name not in component.keys:
                self._unknown(step, name, key, component)
        for name, declared in component.keys.items():
            if declared.required and name not in keys:
                bound = declared.kind == "count"
                text = f"{step.use} needs {name!r}: {declared.description}"
                self._diagnostics.add(
                    step.position, f"{step.where}.{name}", text, code="unbounded" if bound else "missing-key"
                )
                step.broken = True
        self._values = ValueReader(self._compilation, self._diagnostics, self._graph, step)
        kinds[step.use](step, {name: key for name, key in keys.items() if name in component.keys})

    def _unknown(self, step: RawStep, name: str, key: Key, component: type[FlowComponent]) -> None:
        self._diagnostics.add(
            key.position,
            f"{step.where}.{name}",
            f"unknown key {name!r} for {step.use}",
            allowed=(*component.keys, *(key for key in RESERVED_KEYS if key not in ("use", "one_of", "default"))),
            nearest_to=(name, (*component.keys, *RESERVED_KEYS)),
            code="unknown-key",
        )
        step.broken = True
        step.mentions.update(words(key.node))

    def _route(self, step: RawStep, keys: dict[str, Key]) -> None:
        label = self._value(step, keys, "label")
        branches: dict[str, RawBranch] = {}
        if "branches" in keys:
            node = keys["branches"].node
            if node.kind != "map" or not node.value:
                self._fail(node, f"{step.where}.branches", "a mapping of labels to branches")
                step.broken = True
            else:
                for name, inner in node.value.items():
                    branches[name] = self._branch(step, name, inner, node.keys[name])
        default = None
        if "default" in keys:
            node = keys["default"].node
            if isinstance(node.value, str) and (node.value in branches or not branches):
                default = node.value
            elif not node.broken:
                self._diagnostics.add(
                    node.position, f"{step.where}.default", f"there is no branch {node.text!r}",
                    allowed=tuple(branches), nearest_to=(node.text, tuple(branches)), code="branch",
                )  # fmt: skip
                step.broken = True
        step.flow = RawRoute(label, branches, default)
        self._check_default(step, step.flow)

    def _check_default(self, step: RawStep, flow: RawRoute) -> None:
        for name, branch in flow.branches.items():
            missing = flow.default is None or flow.branches[flow.default].dropped is not None
            if branch.dropped is not None and missing:
                text = f"the branch {name!r} is left out ({branch.dropped}) and no 'default' takes its questions"
                self._diagnostics.add(branch.position, branch.where, text, code="lm")
                return

    def _branch(self, step: RawStep, name: str, node: Node, position: Position) -> RawBranch:
        where = f"{step.where}.branches.{name}"
        check_label(name, position, where, self._diagnostics)
        branch = RawBranch(name, position, where, None)
        if node.kind != "map":
            self._fail(node, where, "a mapping with 'steps' and 'output', or with 'pipeline'")
            step.broken = True
            step.mentions.update(words(node))
            return branch
        for key in node.value:
            if key not in _BRANCH_KEYS:
                self._diagnostics.add(
                    node.keys[key], f"{where}.{key}", f"unknown key {key!r} for a branch", allowed=_BRANCH_KEYS,
                    nearest_to=(key, _BRANCH_KEYS), code="unknown-key",
                )  # fmt: skip
                step.mentions.update(words(node.value[key]))
        setting = read_settings(node.value, f"{where}.", self._setting, self._compilation)
        graph = RawGraph(f"{_inner(step)}.{name}", f"{where}.steps", self._graph, step)
        if "pipeline" in node.value:
            self._file_branch(step, branch, graph, node, setting)
        elif "bind" in node.value:
            text = "'bind' goes with 'pipeline'; inline steps read outer ones by name"
            self._diagnostics.add(node.keys["bind"], f"{where}.bind", text, code="branch")
        if "steps" in node.value and "pipeline" in node.value:
            text = "a branch has 'steps' or 'pipeline', not both"
            self._diagnostics.add(node.keys["steps"], f"{where}.steps", text, code="branch")
        elif "steps" in node.value:
            branch.graph = graph
            if "output" not in node.value:
                text = "the branch needs 'output': what it gives"
                self._diagnostics.add(position, f"{where}.output", text, code="missing-key")
            self._scopes.fill(graph, node.value["steps"], node.value.get("output"), setting)
        elif "pipeline" not in node.value and not node.broken:
            text = "the branch has neither 'steps' and 'output' nor 'pipeline'"
            self._diagnostics.add(position, where, text, allowed=_BRANCH_KEYS, code="missing-key")
        if read_drop(node.value, f"{where}.", self._setting) and branch.graph is not None:
            self._drop(step, branch, branch.graph)
        return branch

    def _file_branch(self, step: RawStep, branch: RawBranch, graph: RawGraph, node: Node, setting: Setting) -> None:
        graph.parent = None
        graph.where = "steps"
        if self._scopes.include(node.value["pipeline"], f"{branch.where}.pipeline", graph, setting):
            branch.graph = graph
        branch.bind = self._bindings(step, node.value.get("bind"), f"{branch.where}.bind")
        self._pass_on(step, branch.bind, branch.where, branch.position)

    def _drop(self, step: RawStep, branch: RawBranch, graph: RawGraph) -> None:
        graph.lm_optional = True
        lacking = next(graph_lacking_lm(graph), None)
        if lacking is not None:
            branch.dropped = f"its step {lacking.name!r} ({lacking.use}) needs an LM and none is set"
            self._compilation.marks.forget(graph.path)
            text = f"the branch {branch.name!r} of step {step.path!r} is left out: {branch.dropped}"
            self._compilation.note(text)

    def _map(self, step: RawStep, keys: dict[str, Key]) -> None:
        body = RawGraph(_inner(step), f"{step.where}.steps", self._graph, step)
        body.inputs["item"] = Input("item", body)
        over = self._value(step, keys, "over")
        step.flow = RawMap(over, self._count(step, keys, "max_items") or 1, body)
        self._body(step, body, keys)

    def _loop(self, step: RawStep, keys: dict[str, Key]) -> None:
        body = RawGraph(_inner(step), f"{step.where}.steps", self._graph, step)
        carry: dict[str, RawValue | None] = {}
        if "carry" in keys:
            carry = self._bindings(step, keys["carry"].node, f"{step.where}.carry")
            for name in carry:
                place = keys["carry"].node.keys[name]
                check_name(name, place, f"{step.where}.carry.{name}", "a carried value", self._diagnostics)
                if name in LOOP_PORTS:
                    text = f"{name!r} cannot be the name of a carried value: it is a port of every loop"
                    self._diagnostics.add(place, f"{step.where}.carry.{name}", text, code="name")
                body.inputs[f"carry.{name}"] = Input(f"carry.{name}", body)
        rounds = self._count(step, keys, "max_rounds") or 1
        failures = self._count(step, keys, "max_failures")
        inner = ValueReader(self._compilation, self._diagnostics, body, None)
        following: dict[str, Reference | None] = {}
        if "next" in keys:
            following = self._next(step, keys["next"].node, carry, inner)
        conditions: dict[str, RawCondition | None] = {}
        for name in ("while", "until"):
            if name in keys:
                conditions[name] = read_condition(keys[name].node, f"{step.where}.{name}", inner, self._diagnostics)
        failure = inner.reference(keys["failure"].node, f"{step.where}.failure") if "failure" in keys else None
        if ("failure" in keys) != ("max_failures" in keys):
            lone, other = ("failure", "max_failures") if "failure" in keys else ("max_failures", "failure")
            text = f"{lone!r} does nothing without {other!r}"
            self._diagnostics.add(keys[lone].position, f"{step.where}.{lone}", text, code="missing-key")
        step.flow = RawLoop(
            carry, body, following, rounds, conditions.get("while"), conditions.get("until"), failure, failures
        )
        self._body(step, body, keys)

    def _next(
        self, step: RawStep, node: Node, carry: dict[str, RawValue | None], inner: ValueReader
    ) -> dict[str, Reference | None]:
        where = f"{step.where}.next"
        if node.kind != "map":
            self._fail(node, where, "a mapping of carried names to references")
            return dict.fromkeys(carry)
        found: dict[str, Reference | None] = {}
        for name, value in node.value.items():
            reference = inner.reference(value, f"{where}.{name}")
            if name in carry:
                found[name] = reference
                continue
            self._diagnostics.add(
                node.keys[name], f"{where}.{name}", f"nothing is carried under the name {name!r}",
                allowed=tuple(carry) or "nothing: the loop has no 'carry'", nearest_to=(name, carry), code="carry",
            )  # fmt: skip
            if reference is not None:
                found.update(dict.fromkeys((other for other in carry if other not in node.value), None))
        return found

    def _body(self, step: RawStep, body: RawGraph, keys: dict[str, Key]) -> None:
        if "steps" in keys:
            output = keys["output"].node if "output" in keys else None
            self._scopes.fill(body, keys["steps"].node, output, self._setting)
        else:
            body.broken = True

    def _first(self, step: RawStep, keys: dict[str, Key]) -> None:
        candidates: tuple[Reference | Written | None, ...] = ()
        if "of" in keys:
            value = self._values.value(keys["of"].node, f"{step.where}.of", several=True)
            candidates = value.items if isinstance(value, Several) else (value,)
        step.flow = RawFirst(candidates)

    def _pipeline(self, step: RawStep, keys: dict[str, Key]) -> None:
        graph = RawGraph(_inner(step), "steps", None, step)
        found = "path" in keys and self._scopes.include(
            keys["path"].node, f"{step.where}.path", graph, self._setting
        )
        bind = self._bindings(step, keys["bind"].node if "bind" in keys else None, f"{step.where}.bind")
        self._pass_on(step, bind, step.where, step.position)
        step.flow = RawPipeline(graph if found else None, bind)

    def _pass_on(self, step: RawStep, bind: dict[str, RawValue | None], where: str, position: Position) -> None:
        """An included file gets the question and the history of the file that includes it unless they are bound."""
        for name in ("question", "history"):
            if name not in bind:
                bind[name] = self._compilation.refer(name, position, f"{where}.bind.{name}", self._graph, step)

    def _bindings(self, step: RawStep, node: Node | None, where: str) -> dict[str, RawValue | None]:
        if node is None:
            return {}
        if node.kind != "map":
            self._fail(node, where, "a mapping of names to references or {value: …}")
            step.broken = True
            return {}
        return {name: self._values.value(value, f"{where}.{name}") for name, value in node.value.items()}

    def _value(self, step: RawStep, keys: dict[str, Key], name: str) -> RawValue | None:
        return self._values.value(keys[name].node, f"{step.where}.{name}") if name in keys else None

    def _count(self, step: RawStep, keys: dict[str, Key], name: str) -> int | None:
        """A whole number from 1, or a search mark over such numbers."""
        if name not in keys:
            return None
        key, where = keys[name], f"{step.where}.{name}"
        node, values = key.node, (("", key.node),)
        if is_mark(node):
            chosen = self._compilation.marks.parameter(node, key.path, where, key.when, True, self._diagnostics)
            if chosen is None:
                return None
            node, values = chosen.node, chosen.values
        for _, value in values:
            if not isinstance(value.value, int) or isinstance(value.value, bool) or value.value < 1:
                self._fail(value, where, "a whole number from 1")
                return None
        return int(node.value)

    def _fail(self, node: Node, where: str, allowed: str) -> None:
        if not node.broken:
            name = where.rpartition(".")[2]
            self._diagnostics.add(node.position, where, f"{name!r} is {node.describe()}", allowed=allowed, code="type")


def _inner(step: RawStep) -> str:
    """The path of the scopes inside a step."""
    return step.inner_path or step.path
