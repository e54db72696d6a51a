"""The hash of a plan: equal for files that say the same, whatever their order, comments and notation."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ragkit.component import FlowComponent
from ragkit.spec.plan import (
    AllOf,
    AnyOf,
    Budget,
    Condition,
    Constant,
    FirstFlow,
    Flow,
    Graph,
    LoopFlow,
    MapFlow,
    Model,
    Not,
    PipelineFlow,
    RouteFlow,
    Source,
    Step,
    Test,
    Value,
)
from ragkit.types import Passages

LENGTH = 16


def plan_hash(root: Graph, budget: Budget) -> str:
    """The first 16 hex digits of the SHA-256 of what a plan does.

    It covers components with their versions, parameters, references, conditions, bounds, the budget, and the names of
    corpora and LMs. Names of files, notes, descriptions, objectives and the notation of the file do not count.
    """
    limits = [budget.lm_calls, budget.tokens, budget.retrieval_calls, budget.seconds]
    text = json.dumps([_graph(root, ()), limits], sort_keys=True, separators=(",", ":"), default=_plain)
    return hashed(text.encode())


def hashed(*parts: bytes) -> str:
    """The first 16 hex digits of the SHA-256 of the parts, one after the other."""
    return hashlib.sha256(b"".join(parts)).hexdigest()[:LENGTH]


def _plain(value: Any) -> Any:
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=repr)
    if isinstance(value, (tuple, Passages)):
        return list(value)
    if isinstance(value, Path):
        return value.as_posix()
    return repr(value)


def _graph(graph: Graph, outer: tuple[list[str], ...]) -> dict[str, Any]:
    scope = (_names(graph), *outer)
    return {
        "inputs": {name: str(kind) for name, kind in graph.inputs},
        "defaults": dict(graph.defaults),
        "steps": {step.name: _step(step, scope) for step in graph.steps},
        "output": {name: _value(source, scope) for name, source in graph.output.items()},
    }


def _step(step: Step, scope: tuple[list[str], ...]) -> dict[str, Any]:
    leaf = not issubclass(step.component, FlowComponent)
    return {
        "use": step.use,
        "version": step.component.version,
        "params": step.params.model_dump(mode="json"),
        "bound": {name: _value(source, scope) for name, source in step.bound.items()},
        "inputs": {name: _value(value, scope) for name, value in step.inputs.items()},
        "when": _condition(step.when, scope),
        "corpus": step.corpus if leaf else None,
        "lm": _lm(step.lm),
        "flow": None if step.flow is None else _flow(step.flow, scope),
    }


def _lm(model: Model | None) -> Any:
    """What decides on the answers of an LM; how patiently it is asked does not."""
    if model is None:
        return None
    return [model.model, model.api_base, model.temperature, model.max_tokens, _lm(model.fallback)]


def _value(value: Value, scope: tuple[list[str], ...]) -> Any:
    if isinstance(value, Source):
        return ["port", value.up, scope[value.up][value.slot]]
    if isinstance(value, Constant):
        return ["value", value.value]
    return ["list", [[_value(element, scope) for element in value.elements], list(value.spliced)]]


def _condition(condition: Condition | None, scope: tuple[list[str], ...]) -> Any:
    if condition is None:
        return None
    if isinstance(condition, Test):
        return [condition.op, _value(condition.source, scope), condition.operand]
    if isinstance(condition, Not):
        return ["not", _condition(condition.condition, scope)]
    word = {AnyOf: "any", AllOf: "all"}[type(condition)]
    return [word, [_condition(inner, scope) for inner in condition.conditions]]


def _flow(flow: Flow, scope: tuple[list[str], ...]) -> Any:
    if isinstance(flow, RouteFlow):
        branches: Mapping[str, Any] = {
            name: "dropped"
            if branch.dropped is not None
            else [_graph(branch.graph, scope), {key: _value(value, scope) for key, value in branch.inputs.items()}]
            for name, branch in flow.branches.items()
        }
        return ["route", _value(flow.label, scope), branches, flow.default]
    if isinstance(flow, MapFlow):
        return ["map", _value(flow.over, scope), flow.max_items, _graph(flow.body, scope)]
    if isinstance(flow, FirstFlow):
        return ["first", [_value(candidate, scope) for candidate in flow.candidates]]
    if isinstance(flow, PipelineFlow):
        return ["pipeline", _graph(flow.graph, ()), {name: _value(value, scope) for name, value in flow.inputs.items()}]
    assert isinstance(flow, LoopFlow)
    inner = (_names(flow.body), *scope)
    return [
        "loop",
        {name: _value(value, scope) for name, value in flow.carry.items()},
        _graph(flow.body, scope),
        {name: _value(source, inner) for name, source in flow.next.items()},
        flow.max_rounds,
        _condition(flow.while_, inner),
        _condition(flow.until, inner),
        None if flow.failure is None else _value(flow.failure, inner),
        flow.max_failures,
    ]


def _names(graph: Graph) -> list[str]:
    return [name for name, _ in graph.inputs] + [
        f"{step.name}.{port.name}" for step in graph.steps for port in step.outputs
    ]
