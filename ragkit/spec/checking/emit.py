"""From checked records to the plan's graphs: disabled steps replaced, unread ones left out, order and slots fixed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ragkit import ports
from ragkit.component import FlowComponent, Need, OutputPort, input_ports, output_ports
from ragkit.ports import EMPTY_LIST, PASSAGES, PortType
from ragkit.spec import plan
from ragkit.spec.checking.activity import Activity
from ragkit.spec.checking.port_types import PortTypes, literal_fits, literal_type
from ragkit.spec.checking.resolve import port_names
from ragkit.spec.written.raw import RawFirst, RawGraph, RawLoop, RawMap, RawRoute, RawStep
from ragkit.spec.written.raw_values import (
    Input,
    RawCondition,
    RawTest,
    RawValue,
    Reference,
    Several,
    Written,
)
from ragkit.types import Passages


class Emitter:
    """Makes the graphs of a pipeline that has no findings."""

    def __init__(self, types: PortTypes) -> None:
        self._types = types
        self._activity = Activity()
        self._slots: dict[tuple[object, str], int] = {}
        self.left_out: list[RawStep] = []

    def graph(self, raw: RawGraph) -> plan.Graph:
        """One graph and all inside it."""
        order = self._activity.order(raw)
        slot = 0
        for given in raw.inputs.values():
            self._slots[given, ""] = slot
            slot += 1
        first = {}
        for step in order:
            first[step] = slot
            for name in port_names(step) or ():
                self._slots[step, name] = slot
                slot += 1
        index = {step: number for number, step in enumerate(order)}
        read = self._activity.ports(raw)
        steps = tuple(self._step(step, first[step], index, (step, "logprobs") in read) for step in order)
        self.left_out += [step for step in raw.steps.values() if step not in first and step.disabled is None]
        output, output_type = self._output(raw)
        return plan.Graph(
            raw.path,
            tuple(
                (given.name.removeprefix("carry."), self._types.of_target(given) or ports.ANY)
                for given in raw.inputs.values()
            ),
            steps,
            slot,
            output,
            output_type,
            {
                given.name: _fitted(given.default, given.type or ports.ANY)
                for given in raw.inputs.values()
                if given.has_default
            },
        )

    def _output(self, raw: RawGraph) -> tuple[Mapping[str, plan.Source], PortType]:
        written = {name: reference for name, reference in raw.outputs.items() if reference is not None}
        if raw.owner is not None:
            # Read from outside, a graph has one output; that of a file with {answer, passages} is its answer.
            main = self._source(next(iter(written.values())))
            return {"output": main}, main.type
        sources = {name: self._source(reference) for name, reference in written.items()}
        main = next(iter(sources.values()))
        if "output" in sources:
            sources = {"passages" if main.type == PASSAGES else "answer": main}
        return sources, main.type

    def _step(self, step: RawStep, first_slot: int, index: Mapping[RawStep, int], logprobs: bool) -> plan.Step:
        component = step.component
        assert component is not None
        inputs = {}
        if not issubclass(component, FlowComponent):
            for port in input_ports(component):
                value = step.inputs.get(port.name)
                if value is not None:
                    inputs[port.name] = self._value(value, port.type, several=port.is_list)
            outputs = output_ports(component)
        else:
            outputs = tuple(
                OutputPort(name, self._types.of_port(step, name) or ports.ANY) for name in port_names(step) or ()
            )
        return plan.Step(
            step.name,
            step.path,
            step.use,
            component,
            step.position,
            step.params if step.params is not None else component.Params(),
            {name: self._source(reference) for name, reference in step.bound.items()},
            inputs,
            outputs,
            first_slot,
            tuple(sorted(index[before] for before in self._activity.before(step))),
            None if step.when is None else self._condition(step.when),
            step.corpus or None,
            step.lm if Need.LM in component.needs else None,
            None if step.flow is None else self._flow(step),
            (logprobs or Need.LOGPROBS in component.needs) and Need.LM in component.needs,
        )

    def _flow(self, step: RawStep) -> plan.Flow:
        flow = step.flow
        if isinstance(flow, RawRoute):
            return self._route(flow)
        if isinstance(flow, RawMap):
            return plan.MapFlow(self._plain(flow.over), flow.max_items, self.graph(flow.body))
        if isinstance(flow, RawLoop):
            return self._loop(flow)
        if isinstance(flow, RawFirst):
            wanted = self._types.of_port(step, "output") or ports.ANY
            found = tuple(self._element(candidate, wanted) for candidate in flow.candidates)
            return plan.FirstFlow(found)
        assert flow is not None
        assert flow.graph is not None
        return plan.PipelineFlow(self.graph(flow.graph), self._bindings(flow.graph, flow.bind))

    def _route(self, flow: RawRoute) -> plan.RouteFlow:
        branches = {}
        for name, branch in flow.branches.items():
            assert branch.graph is not None
            if branch.dropped is not None:
                empty = plan.Graph(branch.graph.path, (), (), 0, {}, self._types.of_graph(branch.graph) or ports.ANY)
                branches[name] = plan.Branch(name, empty, {}, branch.dropped)
                continue
            inputs = self._bindings(branch.graph, branch.bind) if branch.graph.parent is None else {}
            branches[name] = plan.Branch(name, self.graph(branch.graph), inputs)
        return plan.RouteFlow(self._plain(flow.label), branches, flow.default)

    def _loop(self, flow: RawLoop) -> plan.LoopFlow:
        carry = {
            name: self._plain(value, self._types.carried(flow, name) or ports.ANY) for name, value in flow.carry.items()
        }
        body = self.graph(flow.body)
        return plan.LoopFlow(
            carry,
            body,
            {name: self._source(reference) for name, reference in flow.next.items() if reference is not None},
            flow.max_rounds,
            None if flow.while_ is None else self._condition(flow.while_),
            None if flow.until is None else self._condition(flow.until),
            None if flow.failure is None else self._source(flow.failure),
            flow.max_failures,
        )

    def _bindings(self, graph: RawGraph, bind: Mapping[str, RawValue | None]) -> dict[str, plan.Value]:
        return {name: self._plain(value, graph.inputs[name].type or ports.ANY) for name, value in bind.items()}

    def _plain(self, value: RawValue | None, wanted: PortType = ports.ANY) -> plan.Value:
        assert value is not None
        return self._value(value, wanted, several=False)

    def _value(self, value: RawValue, wanted: PortType, *, several: bool) -> plan.Value:
        if not several:
            assert not isinstance(value, Several)
            return self._element(value, wanted)
        assert wanted.element is not None
        items = value.items if isinstance(value, Several) else (value,)
        elements = []
        spliced = []
        for item in items:
            assert item is not None
            if isinstance(item, Written):
                whole = literal_fits(item.value, wanted.element)
            else:
                whole = wanted.element.accepts(self._types.of(item) or ports.ANY)
            elements.append(self._element(item, wanted.element if whole else wanted))
            spliced.append(not whole)
        return plan.Gather(tuple(elements), tuple(spliced))

    def _element(self, value: Reference | Written | None, wanted: PortType) -> plan.Source | plan.Constant:
        assert value is not None
        return _constant(value.value, wanted) if isinstance(value, Written) else self._source(value)

    def _source(self, reference: Reference) -> plan.Source:
        target = self._activity.final(reference)
        key = (target, "") if isinstance(target, Input) else (target.step, target.port)
        home = target.graph if isinstance(target, Input) else target.step.graph
        up = 0
        for graph in reference.graph.visible():
            if graph is home:
                break
            up += 1
        found = self._types.of_target(target) or ports.ANY
        return plan.Source(up, self._slots[key], found, reference.text)

    def _condition(self, condition: RawCondition) -> plan.Condition:
        if isinstance(condition, RawTest):
            operand = None if condition.operand is None else condition.operand.value
            return plan.Test(self._source(condition.reference), condition.op, operand)
        inner = tuple(self._condition(one) for one in condition.conditions)
        if condition.op == "not":
            return plan.Not(inner[0])
        return plan.AnyOf(inner) if condition.op == "any" else plan.AllOf(inner)


def _constant(value: Any, wanted: PortType) -> plan.Constant:
    given = literal_type(value)
    if wanted.is_list and (given == EMPTY_LIST or wanted != ports.ANY):
        given = wanted
    return plan.Constant(_fitted(value, wanted), given)


def _fitted(value: Any, wanted: PortType) -> Any:
    """A literal as the port's type has it: an empty list of passages is ``Passages``."""
    if wanted == PASSAGES and not isinstance(value, Passages):
        return Passages(value)
    return value
