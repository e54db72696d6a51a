"""The declared graph of a plan as plain data: what is drawn, and what a trace keeps of the pipeline that it ran.

A **graph** is ``{"path", "inputs", "nodes", "edges", "output"}``; the root's path is empty. A **node** is one step::

    {"path", "name", "use", "kind", "params", "given", "inputs", "bound", "when", "corpus", "lm", "outputs", "flow",
     "graphs"}

``given`` names the parameters that the file sets, ``params`` holds all of them. ``inputs`` maps each port to what it
is given, ``{"from", "port", "text"}`` or ``{"value"}``, a list where the port takes several; ``flow`` holds the bounds
and conditions of a flow step, and ``graphs`` the graphs inside it (the branches of a route, each with its ``label``).
An **edge** is ``{"from", "port", "to", "input", "kind"}`` and belongs to the graph of the step that reads; ``kind`` is
``data``, ``parameter`` or ``condition``. ``from`` is the path of a step, or ``<graph>@<input>`` for an input of a
graph: ``@question``, ``each@item``, ``ask@last``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from ragkit.spec.plan import (
    AllOf,
    AnyOf,
    Branch,
    Condition,
    Constant,
    FirstFlow,
    Flow,
    Gather,
    Graph,
    LoopFlow,
    MapFlow,
    Not,
    PipelineFlow,
    Plan,
    RouteFlow,
    Source,
    Step,
    Test,
    Value,
)
from ragkit.types import Passages


def describe(plan: Plan) -> dict[str, Any]:
    """The plan's graph and its bounds, JSON-able."""
    return {
        "name": plan.name,
        "description": plan.description,
        "hash": plan.hash,
        "needs": sorted(need.value for need in plan.needs),
        "calls": {"retrievals": plan.calls.retrievals, "lm": plan.calls.lm},
        "critical_path": list(plan.critical_path),
        "width": plan.width,
        "notes": list(plan.notes),
        "graph": _Scope(plan.root, None).graph_data(),
    }


def in_words(condition: Condition) -> str:
    """A condition as a sentence's part: ``gate.needed``, ``not (a or b.score at least 0.5)``."""
    if isinstance(condition, Test):
        text = condition.source.text
        return text if condition.op == "true" else f"{text} {condition.op.replace('_', ' ')} {condition.operand!r}"
    if isinstance(condition, Not):
        return f"not {in_words(condition.condition)}"
    word = " or " if isinstance(condition, AnyOf) else " and "
    return f"({word.join(map(in_words, condition.conditions))})"


def _sources(condition: Condition) -> Iterator[Source]:
    if isinstance(condition, Test):
        yield condition.source
    elif isinstance(condition, Not):
        yield from _sources(condition.condition)
    elif isinstance(condition, (AnyOf, AllOf)):
        for inner in condition.conditions:
            yield from _sources(inner)


class _Scope:
    """One graph and those around it: where a source, which is two numbers, gets its names back."""

    def __init__(self, graph: Graph, outer: _Scope | None) -> None:
        self.graph = graph
        self.outer = outer
        self.edges: list[dict[str, Any]] = []
        self.names: dict[int, tuple[str, str]] = {}
        for slot, (name, _) in enumerate(graph.inputs):
            own = name.removeprefix("carry.")
            self.names[slot] = (f"{graph.path}@{own}", own)
        for step in graph.steps:
            for offset, port in enumerate(step.outputs):
                self.names[step.first_slot + offset] = (step.path, port.name)

    def graph_data(self, **more: Any) -> dict[str, Any]:
        """This graph; its edges are found while its steps are described."""
        nodes = [self._node(step) for step in self.graph.steps]
        return {
            "path": self.graph.path,
            **more,
            "inputs": [{"name": name.removeprefix("carry."), "type": str(kind)} for name, kind in self.graph.inputs],
            "nodes": nodes,
            "edges": self.edges,
            "output": {name: self.reference(source) for name, source in self.graph.output.items()},
        }

    def reference(self, source: Source) -> dict[str, Any]:
        """A source by the names of its step and port, and the words of the file."""
        scope = self
        for _ in range(source.up):
            assert scope.outer is not None  # the plan was checked
            scope = scope.outer
        path, port = scope.names[source.slot]
        return {"from": path, "port": port, "text": source.text}

    def _node(self, step: Step) -> dict[str, Any]:
        inputs = {port: self._value(value) for port, value in {**step.inputs, **_flow_inputs(step.flow)}.items()}
        bound = {name: self.reference(source) for name, source in step.bound.items()}
        for port, given in inputs.items():
            self._edges(step.path, port, given, "data")
        for name, given in bound.items():
            self._edges(step.path, name, given, "parameter")
        for source in _sources(step.when) if step.when is not None else ():
            self._edges(step.path, "when", self.reference(source), "condition")
        return {
            "path": step.path,
            "name": step.name,
            "use": step.use,
            "kind": step.component.span_kind,
            "params": _params(step.params),
            "given": sorted(getattr(step.params, "model_fields_set", ())),
            "inputs": inputs,
            "bound": bound,
            "when": None if step.when is None else in_words(step.when),
            "corpus": step.corpus,
            "lm": None if step.lm is None else step.lm.model,
            "outputs": [{"name": port.name, "type": str(port.type)} for port in step.outputs],
            "flow": None if step.flow is None else self._flow(step.flow),
            "graphs": [] if step.flow is None else list(self._graphs(step.flow)),
        }

    def _value(self, value: Value) -> Any:
        if isinstance(value, Gather):
            return [self._value(element) for element in value.elements]
        return {"value": _literal(value.value)} if isinstance(value, Constant) else self.reference(value)

    def _edges(self, to: str, name: str, given: Any, kind: str) -> None:
        for one in given if isinstance(given, list) else [given]:
            if "from" in one:
                edge = {"from": one["from"], "port": one["port"], "to": to, "input": name, "kind": kind}
                if edge not in self.edges:
                    self.edges.append(edge)

    def _flow(self, flow: Flow) -> dict[str, Any]:
        if isinstance(flow, RouteFlow):
            dropped = {name: branch.dropped for name, branch in flow.branches.items() if branch.dropped is not None}
            return {"branches": list(flow.branches), "default": flow.default, "dropped": dropped}
        if isinstance(flow, MapFlow):
            return {"max_items": flow.max_items}
        if isinstance(flow, LoopFlow):
            body = _Scope(flow.body, self)
            return {
                "max_rounds": flow.max_rounds,
                "while": None if flow.while_ is None else in_words(flow.while_),
                "until": None if flow.until is None else in_words(flow.until),
                "next": {name: body.reference(source) for name, source in flow.next.items()},
                "failure": None if flow.failure is None else body.reference(flow.failure),
                "max_failures": flow.max_failures,
                "tests": {
                    name: [body.reference(source) for source in _sources(condition)]
                    for name, condition in (("while", flow.while_), ("until", flow.until))
                    if condition is not None
                },
            }
        return {}

    def _graphs(self, flow: Flow) -> Iterator[dict[str, Any]]:
        if isinstance(flow, RouteFlow):
            for branch in flow.branches.values():
                if branch.dropped is None:
                    yield _Scope(branch.graph, self).graph_data(label=branch.name)
        elif isinstance(flow, (MapFlow, LoopFlow)):
            yield _Scope(flow.body, self).graph_data()
        elif isinstance(flow, PipelineFlow):
            yield _Scope(flow.graph, None).graph_data()


def _flow_inputs(flow: Flow | None) -> Mapping[str, Value]:
    """What a flow step itself reads; what a branch that is a file is bound to is named after the branch."""
    if isinstance(flow, RouteFlow):
        return {"label": flow.label} | {
            name: value for branch in flow.branches.values() for name, value in _branch_inputs(branch)
        }
    if isinstance(flow, MapFlow):
        return {"over": flow.over}
    if isinstance(flow, LoopFlow):
        return flow.carry
    if isinstance(flow, FirstFlow):
        return {"of": Gather(flow.candidates, (False,) * len(flow.candidates))}
    return flow.inputs if isinstance(flow, PipelineFlow) else {}


def _branch_inputs(branch: Branch) -> Sequence[tuple[str, Value]]:
    return [(f"{branch.name}.{name}", value) for name, value in branch.inputs.items() if branch.dropped is None]


def _literal(value: Any) -> Any:
    """A literal as the file has it; one that is read as passages can only be an empty list."""
    return list(value) if isinstance(value, Passages) else value


def _params(params: Any) -> dict[str, Any]:
    """The parameters by name; a secret is masked."""
    return params.model_dump(mode="json") if isinstance(params, BaseModel) else dict(params or {})
