"""What can be nothing: a static reading of the rules for skipped steps, with the chain of causes."""

from __future__ import annotations

import typing

from ragkit.component import Component, FlowComponent, input_ports, output_ports
from ragkit.ports import from_annotation
from ragkit.spec.checking.resolve import port_names
from ragkit.spec.written.raw import RawFirst, RawGraph, RawLoop, RawMap, RawPipeline, RawRoute, RawStep
from ragkit.spec.written.raw_values import Input, RawValue, Reference, Several, Target
from ragkit.types import Result

_NULLABLE: dict[type[Component], frozenset[str]] = {}
Chain = tuple[str, ...]
"""Why something can be nothing, from the nearest cause to the first one; None where it cannot."""


class Nothing:
    """Answers for every value whether it can be nothing. A spent budget may skip more; that is not known here."""

    def __init__(self) -> None:
        self._known: dict[tuple[RawStep, str], Chain | None] = {}
        self._asked: set[tuple[RawStep, str]] = set()

    def of(self, value: RawValue | None) -> Chain | None:
        """The chain of causes for a port value; a list is nothing only when all of its elements are."""
        if isinstance(value, Several):
            chains = [self.of(item) for item in value.items]
            return chains[0] if chains and all(chain is not None for chain in chains) else None
        if isinstance(value, Reference) and value.target is not None:
            return self._target(value.target, value)
        return None

    def of_port(self, step: RawStep, port: str) -> Chain | None:
        """The chain of causes for a port of a step, under any of its alternatives."""
        return self._once(step, port, named=port != (port_names(step) or (port,))[0])

    def _target(self, target: Target, reference: Reference) -> Chain | None:
        if isinstance(target, Input):
            return self._input(target)
        return self._once(target.step, target.port, named="." in reference.text)

    def _once(self, step: RawStep, port: str, *, named: bool) -> Chain | None:
        """``named``: the port is asked for by its name; else it is the main port, whatever an alternative calls it."""
        key = (step, port if named else "")
        if key not in self._known:
            if key in self._asked:
                return None
            self._asked.add(key)
            found = self._step(step, port if named else None)
            self._asked.discard(key)
            self._known[key] = found
        return self._known[key]

    def _step(self, step: RawStep, port: str | None) -> Chain | None:
        if step.disabled is None or step.optional:
            for way in step.ways:
                names = port_names(way) or ()
                if not names or way.needs_lm_dropped is not None or (port is not None and port not in names):
                    continue
                found = self._way(way, names[0] if port is None else port)
                if found is not None:
                    return found
        if step.disabled is not None or step.optional:
            component = step.component
            if component is not None and component.passthrough is not None:
                return self.of(step.inputs.get(component.passthrough))
        return None

    def _way(self, step: RawStep, port: str) -> Chain | None:
        if step.when is not None:
            return (f"{step.name!r} is skipped when its 'when' does not hold (line {step.position.line})",)
        component = step.component
        if component is None:
            return None
        if not issubclass(component, FlowComponent):
            return self._leaf(step, component, port)
        found = self._flow(step, port)
        return None if found is None else (f"{step.name!r} can give nothing", *found)

    def _leaf(self, step: RawStep, component: type[Component], port: str) -> Chain | None:
        for given in input_ports(component):
            chain = self.of(step.inputs.get(given.name)) if given.required and given.skips else None
            if chain is not None:
                return (f"{step.name!r} is skipped when its {given.name!r} is nothing", *chain)
        if port in nullable_outputs(component):
            return (f"the port {port!r} of {step.use} may be empty",)
        return None

    def _flow(self, step: RawStep, port: str) -> Chain | None:
        flow = step.flow
        if isinstance(flow, RawRoute):
            chain = self.of(flow.label)
            if chain is not None or port == "label":
                return chain
            for branch in flow.branches.values():
                if branch.graph is not None and branch.dropped is None:
                    chain = self.graph(branch.graph)
                    if chain is not None:
                        return (f"its branch {branch.name!r} can", *chain)
            return None
        if isinstance(flow, RawMap):
            return self.of(flow.over)
        if isinstance(flow, RawLoop):
            if port == "output":
                if flow.while_ is not None:
                    return (
                        f"'while' may end {step.name!r} before its first round (its carried values are always there)",
                    )
                return self.graph(flow.body)
            return self.of(flow.carry.get(port))
        if isinstance(flow, RawFirst):
            chains = [self.of(candidate) for candidate in flow.candidates]
            return chains[0] if chains and all(chain is not None for chain in chains) else None
        if isinstance(flow, RawPipeline) and flow.graph is not None:
            return self.graph(flow.graph)
        return None

    def graph(self, graph: RawGraph) -> Chain | None:
        """Why the output of a graph can be nothing."""
        return self.of(next(iter(graph.outputs.values()), None))

    def _input(self, given: Input) -> Chain | None:
        owner = given.graph.owner
        if owner is None or given.has_default:
            return None
        flow = owner.flow
        if isinstance(flow, RawLoop):
            return self.of(flow.carry.get(given.name.removeprefix("carry.")))
        if isinstance(flow, RawPipeline):
            return self.of(flow.bind.get(given.name))
        if isinstance(flow, RawRoute):
            for branch in flow.branches.values():
                if branch.graph is given.graph:
                    return self.of(branch.bind.get(given.name))
        return None


def nullable_outputs(component: type[Component]) -> frozenset[str]:
    """The output ports that ``run`` declares as ``X | None``."""
    if component not in _NULLABLE:
        _NULLABLE[component] = _nullable(component)
    return _NULLABLE[component]


def _nullable(component: type[Component]) -> frozenset[str]:
    annotation = typing.get_type_hints(component.run)["return"]
    if typing.get_origin(annotation) is Result:
        annotation = typing.get_args(annotation)[0]
    names = [port.name for port in output_ports(component)]
    if isinstance(annotation, type) and hasattr(annotation, "_fields"):
        fields = typing.get_type_hints(annotation)
        return frozenset(name for name in names if from_annotation(fields[name])[1])
    return frozenset(names if from_annotation(annotation)[1] else ())
