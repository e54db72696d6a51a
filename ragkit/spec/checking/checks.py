"""Whether what flows fits where it flows to: the ports, parameters and conditions of every step."""

from __future__ import annotations

from collections.abc import Iterator

from ragkit import ports
from ragkit.component import FlowComponent, InputPort, input_ports
from ragkit.ports import PortType
from ragkit.spec.checking.port_types import PortTypes, literal_fits, literal_type
from ragkit.spec.checking.resolve import port_names, reader_in
from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.plan import Position
from ragkit.spec.written.parameters import accepted
from ragkit.spec.written.raw import RawGraph, RawStep
from ragkit.spec.written.raw_values import (
    RawCondition,
    RawLogic,
    RawTest,
    RawValue,
    Reference,
    Several,
    StepPort,
    Written,
)

_MOST_SHOWN = 8


class ValueChecks:
    """Checks values and conditions against types; the checks of steps and flows are built on it."""

    def __init__(self, types: PortTypes, diagnostics: Diagnostics) -> None:
        self.types = types
        self._diagnostics = diagnostics

    def fail(
        self, graph: RawGraph, position: Position, where: str, message: str, code: str, allowed: str | None = None
    ) -> None:
        """Adds a finding to those of the file that the graph stands in."""
        diagnostics = graph.findings(self._diagnostics)
        diagnostics.add(position, where, message, allowed=allowed, code=code)

    def value(
        self, graph: RawGraph, value: RawValue | None, wanted: PortType, what: str, *, splice: bool = False
    ) -> None:
        """One value against a type; ``splice``: for a list port, whose elements have the type ``wanted.element``."""
        if splice and wanted.element is not None:
            items = value.items if isinstance(value, Several) else (value,)
            for item in items:
                self._one(graph, item, (wanted.element, wanted), what)
        elif not isinstance(value, Several):
            self._one(graph, value, (wanted,), what)

    def _one(
        self, graph: RawGraph, value: Reference | Written | Several | None, wanted: tuple[PortType, ...], what: str
    ) -> None:
        if isinstance(value, Written):
            if not any(literal_fits(value.value, one) for one in wanted):
                text = f"{what} takes {wanted[0]}, and this literal is {literal_type(value.value)}"
                self.fail(graph, value.position, value.where, text, "type-mismatch")
        elif isinstance(value, Reference):
            for given, of in self.possible(value):
                if given is None or any(one.accepts(given) for one in wanted):
                    continue
                text = f"{what} takes {wanted[0]}, and {value.text!r}{of} is {given}"
                allowed = self._fitting(value, wanted)
                self.fail(graph, value.position, value.where, text, "type-mismatch", allowed)
                if not self.is_meant(value, wanted):
                    value.graph.lose()
                return

    def possible(self, reference: Reference) -> Iterator[tuple[PortType | None, str]]:
        """The types that a reference may have under any choice, each with the alternative that gives it."""
        target = reference.target
        if target is None:
            return
        yield self.types.of_target(target), ""
        if isinstance(target, StepPort):
            for way in target.step.others:
                port = port_of(way, reference)
                if port is not None:
                    yield self.types.of_port(way, port), f" (of the alternative {way.alternative!r})"

    def _fitting(self, reference: Reference, wanted: tuple[PortType, ...]) -> str:
        """The names in sight that would fit, or the type where none does."""
        after = _readers(reference)
        names: dict[str, None] = {}
        for graph in reference.graph.visible():
            for name, given in graph.inputs.items():
                if self._fits(self.types.of_target(given), wanted):
                    names[name] = None
            for name, step in graph.steps.items():
                for index, port in enumerate(() if step in after else port_names(step) or ()):
                    found = [self.types.of_port(way, port) for way in step.ways]
                    if all(self._fits(one, wanted) for one in found):
                        names[name if index == 0 else f"{name}.{port}"] = None
        if not names or len(names) > _MOST_SHOWN:
            return f"a reference to {wanted[0]}"
        return ", ".join(names)

    def is_meant(self, reference: Reference, wanted: tuple[PortType, ...]) -> bool:
        """True when the step that is read would fit by another port: then no other step waits for this reader."""
        target = reference.target
        return isinstance(target, StepPort) and any(
            self._fits(self.types.of_port(target.step, port), wanted) for port in port_names(target.step) or ()
        )

    @staticmethod
    def _fits(given: PortType | None, wanted: tuple[PortType, ...]) -> bool:
        return given is not None and given != ports.ANY and any(one.accepts(given) for one in wanted)

    def condition(self, graph: RawGraph, condition: RawCondition | None) -> None:
        """The ports of a condition against what is asked of them."""
        if isinstance(condition, RawLogic):
            for inner in condition.conditions:
                self.condition(graph, inner)
        elif isinstance(condition, RawTest):
            if condition.op == "true":
                self._one(graph, condition.reference, (ports.BOOL,), "a condition")
            elif condition.op == "is":
                self._is(graph, condition)
            else:
                self._bound(graph, condition)

    def _is(self, graph: RawGraph, test: RawTest) -> None:
        assert test.operand is not None
        operand = ports.of_value(test.operand.value)
        for given, of in self.possible(test.reference):
            if given is None or operand.accepts(given) or given.accepts(operand):
                continue
            text = f"{test.reference.text!r}{of} is {given} and can never be {test.operand.describe()}"
            self.fail(graph, test.operand.position, test.where, text, "type-mismatch", str(given))
            return
        labels = self.labels(test.reference)
        if labels is not None and test.operand.value not in labels:
            text = f"{test.reference.text!r} never has the label {test.operand.describe()}"
            self.fail(graph, test.operand.position, test.where, text, "label", ", ".join(labels))

    def _bound(self, graph: RawGraph, test: RawTest) -> None:
        assert test.operand is not None
        if not ports.FLOAT.accepts(ports.of_value(test.operand.value)):
            text = f"{test.op!r} is held against {test.operand.describe()}"
            self.fail(graph, test.operand.position, test.where, text, "condition", "a number")
        self._one(graph, test.reference, (ports.FLOAT,), f"{test.op!r}")

    def labels(self, reference: Reference | RawValue | None) -> tuple[str, ...] | None:
        """The labels that a reference can have, where every class that may stand behind it declares its own."""
        target = reference.target if isinstance(reference, Reference) else None
        if not isinstance(target, StepPort) or target.port != (port_names(target.step) or ("",))[0]:
            return None
        found: dict[str, None] = {}
        if target.step.optional or target.step.disabled is not None:
            return None
        for way in target.step.ways:
            if way.component is None or way.params is None or way.bound or issubclass(way.component, FlowComponent):
                return None
            declared = way.component.declared_labels(way.params.model_dump())
            if declared is None:
                return None
            found.update(dict.fromkeys(declared))
        return tuple(found)


def _readers(reference: Reference) -> set[RawStep]:
    """The steps around a reference and all that read them, directly or through others: it cannot read any of these."""
    found = set() if reference.reader is None else {reference.reader.main}
    found.update(graph.owner.main for graph in reference.graph.visible() if graph.owner is not None)
    waiting = list(found)
    while waiting:
        read = waiting.pop()
        for other in read.readers:
            reader = reader_in(other, read.graph)
            if reader is not None and reader not in found:
                found.add(reader)
                waiting.append(reader)
    return found


class StepChecks:
    """Checks the steps that are no flows."""

    def __init__(self, values: ValueChecks) -> None:
        self._values = values

    def check(self, step: RawStep) -> None:
        """The inputs, bound parameters and condition of a step or of an alternative of it."""
        values, graph = self._values, step.graph
        values.condition(graph, step.when)
        component = step.component
        if component is None or issubclass(component, FlowComponent):
            return
        for port in input_ports(component):
            value = step.inputs.get(port.name)
            values.value(graph, value, port.type, f"the input {port.name!r} of {step.use}", splice=port.is_list)
        for name, reference in step.bound.items():
            wanted = accepted(component.Params.model_fields[name].annotation)
            for given, of in values.possible(reference):
                if given is not None and not any(one.accepts(given) for one in wanted):
                    kinds = " or ".join(dict.fromkeys(str(one) for one in wanted))
                    text = f"the parameter {name!r} of {step.use} takes {kinds}, and {reference.text!r}{of} is {given}"
                    values.fail(graph, reference.position, reference.where, text, "type-mismatch")
        self._one_each(step)
        if step.main.optional or step.main.disabled is not None:
            self._passthrough(step, {port.name: port for port in input_ports(component)})

    def _one_each(self, step: RawStep) -> None:
        """Whether a parameter with one entry for each reference has as many as there are."""
        assert step.component is not None
        if step.component.one_each is None or step.params is None:
            return
        name, port = step.component.one_each
        given, value = getattr(step.params, name), step.inputs.get(port)
        if given is None or name in step.bound or value is None:
            return
        count = len(value.items) if isinstance(value, Several) else 1
        if len(given) != count:
            text = f"{name!r} has {len(given)} entries, and {port!r} reads {count}"
            allowed = f"one for each of them, in the same order: {count}"
            self._values.fail(step.graph, step.position, f"{step.where}.{name}", text, "parameters", allowed)

    def _passthrough(self, step: RawStep, inputs: dict[str, InputPort]) -> None:
        assert step.component is not None
        name = step.component.passthrough
        if name is None or step.needs_lm_dropped is not None:
            return
        value = step.inputs.get(name)
        if isinstance(value, Several) and len(value.items) == 1:
            value = value.items[0]
        found = ""
        if isinstance(value, Several):
            found = "reads several here"
        elif isinstance(value, Written):
            found = "is a literal here"
        elif value is None and name not in step.inputs and not inputs[name].required:
            found = "reads nothing here"
        given = self._values.types.of(value)
        main = self._values.types.of_port(step, (port_names(step) or ("",))[0])
        if given is not None and main is not None and not main.accepts(given):
            found = f"is {given} here, and its readers expect {main}"
        if found:
            text = f"a step that is left out hands on its {name!r}, which {found}"
            self._values.fail(step.graph, step.position, step.where, text, "passthrough")

    def readers(self, step: RawStep) -> None:
        """Whether what others read of a step is there under every choice."""
        optional = step.optional or step.disabled is not None
        names = port_names(step)
        for reference in step.readers:
            target = reference.target
            if not isinstance(target, StepPort) or names is None:
                continue
            if optional and target.port != names[0]:
                text = (
                    f"{reference.text!r} is not there while {step.name!r} is left out: it hands on its main port only"
                )
                self._values.fail(
                    reference.graph, reference.position, reference.where, text, "passthrough", f"{step.name}"
                )
            for way in step.others:
                if port_names(way) is not None and port_of(way, reference) is None:
                    which = f"the alternative {way.alternative!r} ({way.use})"
                    text = f"{which} has no port {target.port!r}, which {reference.where} reads"
                    allowed = f"its ports: {', '.join(port_names(way) or ())}"
                    self._values.fail(way.graph, way.position, way.where, text, "one-of", allowed)


def port_of(way: RawStep, reference: Reference) -> str | None:
    """The port of an alternative that a reference reads: its main port, or the one that is named."""
    names = port_names(way)
    if names is None:
        return None
    _, *rest = reference.text.split(".")
    if not rest:
        return names[0]
    return rest[0] if rest[0] in names else None
