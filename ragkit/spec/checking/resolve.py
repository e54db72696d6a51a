"""Names to targets: which step, port or input each reference means, and who depends on whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ragkit.component import output_ports
from ragkit.errors import nearest
from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.written.loops import PORTS as LOOP_PORTS
from ragkit.spec.written.raw import RawGraph, RawLoop, RawMap, RawRoute, RawStep, walk
from ragkit.spec.written.raw_values import Input, Reference, StepPort, Target


def port_names(step: RawStep) -> tuple[str, ...] | None:
    """The output ports of a step, the main one first; None where its class is not known."""
    if step.component is None:
        return None
    if isinstance(step.flow, RawLoop):
        return (LOOP_PORTS[0], *step.flow.carry, *LOOP_PORTS[1:])
    if isinstance(step.flow, RawRoute):
        return ("output", "label")
    if step.use.startswith("flow."):
        return ("output",)
    return tuple(port.name for port in output_ports(step.component))


class Resolver:
    """Resolves the references of one pipeline and notes for each step who reads it."""

    def __init__(self, root: RawGraph, references: list[Reference], diagnostics: Diagnostics) -> None:
        self._root = root
        self._references = references
        self._diagnostics = diagnostics

    def resolve(self) -> None:
        """Fills ``target`` of every reference and ``readers`` of every step."""
        for reference in self._references:
            reference.target = self._target(reference)
            if isinstance(reference.target, StepPort):
                step = reference.target.step
                if reader_in(reference, step.graph) is not step:
                    step.readers.append(reference)
        for graph in walk(self._root):
            if graph.owner is not None and isinstance(graph.owner.flow, (RawMap, RawLoop)):
                self._own_output(graph, graph.owner)

    def unread(self) -> None:
        """Reports the steps that nothing reads, and those that only such steps read."""
        for graph in walk(self._root):
            if graph.broken:
                continue
            mentioned = {name for inner in walk(graph) for step in inner.steps.values() for name in _mentions(step)}
            idle: dict[RawStep, list[str]] = {}
            for step in graph.steps.values():
                if not step.readers and step.name not in mentioned:
                    idle[step] = []
            self._only_by_idle(graph, idle, mentioned)
            diagnostics = graph.findings(self._diagnostics)
            for step, readers in idle.items():
                text = f"nothing reads the step {step.name!r}; read it, or take it out"
                if readers:
                    only = ", ".join(map(repr, readers))
                    text = f"the step {step.name!r} leads nowhere: it is read by {only} only, which nothing reads"
                diagnostics.add(step.position, step.where, text, code="unread")

    def _only_by_idle(self, graph: RawGraph, idle: dict[RawStep, list[str]], mentioned: set[str]) -> None:
        found = True
        while found:
            found = False
            for step in graph.steps.values():
                if step in idle or step.name in mentioned:
                    continue
                readers = {reader_in(reference, graph) for reference in step.readers}
                if readers and all(reader in idle for reader in readers):
                    idle[step] = sorted(reader.name for reader in readers if reader is not None)
                    found = True

    def _target(self, reference: Reference) -> Target | None:
        first, *rest = reference.text.split(".")
        if first == "carry":
            return self._carried(reference, rest)
        for graph in reference.graph.visible():
            if first in graph.inputs and first in graph.steps:
                return None  # a step that is called like an input: which of them is meant is not known
            if first in graph.inputs:
                if rest:
                    text = f"{first!r} is {'the element of a map' if first == 'item' else 'an input'} and has no ports"
                    self._fail(reference, text, first)
                    return None
                return graph.inputs[first]
            if first in graph.steps:
                return self._port(reference, graph.steps[first], rest)
        self._unknown(reference, first)
        return None

    def _carried(self, reference: Reference, rest: list[str]) -> Input | None:
        known = []
        for graph in reference.graph.visible():
            known += [name for name in graph.inputs if name.startswith("carry.") and name not in known]
            if len(rest) == 1 and reference.text in graph.inputs:
                return graph.inputs[reference.text]
        if not known:
            text = f"{reference.text!r} is read outside a loop that carries something"
        elif len(rest) != 1:
            text = f"{reference.text!r} does not name a carried value"
        else:
            text = f"nothing is carried under the name {rest[0]!r}"
        self._fail(reference, text, tuple(known) or "carry.name, inside a flow.loop", (reference.text, tuple(known)))
        return None

    def _port(self, reference: Reference, step: RawStep, rest: list[str]) -> StepPort | None:
        names = port_names(step)
        if names is None:
            step.readers.append(reference)
            return None
        if not rest:
            return StepPort(step, names[0])
        if len(rest) == 1 and rest[0] in names:
            return StepPort(step, rest[0])
        step.readers.append(reference)
        reference.graph.lose()
        inner = [graph for graph in step.graphs() if rest[0] in graph.steps]
        if inner:
            text = (
                f"the step {rest[0]!r} is inside {step.name!r}; from outside only the ports of {step.name!r} are read"
            )
        else:
            text = f"{step.use} has no output port {'.'.join(rest)!r}"
        allowed = tuple(f"{step.name}.{name}" for name in names)
        self._fail(reference, text, allowed, (reference.text, allowed))
        return None

    def _unknown(self, reference: Reference, name: str) -> None:
        known = list(dict.fromkeys(_names(reference.graph)))
        guess = nearest(name, known)
        if guess is None:
            reference.graph.lose()
        for graph in reference.graph.visible():
            if graph.partial:
                return  # a step of this name may be among those that could not be read
            if guess in graph.steps:
                graph.steps[guess].readers.append(reference)
        owner = self._inside(reference.graph, name)
        if owner is not None:
            owner.readers.append(reference)
            text = f"the step {name!r} is inside {owner.name!r}; from outside only the ports of {owner.name!r} are read"
        elif name == "item":
            text = "'item' is read outside a flow.map"
        elif reference.graph.file is not self._root and name in _names(self._root):
            text = f"there is no step or input {name!r} in this file; an included file sees only its own 'inputs'"
        else:
            advice = f"; for the text itself write {{value: {name}}}" if reference.literal else ""
            text = f"there is no step or input {name!r} here{advice}"
            if name == "steps" and "." in reference.text:
                name = reference.text.split(".")[1]
                text = "a step is read by its name alone, without 'steps.'"
        self._fail(reference, text, tuple(known), (name, known))

    def _own_output(self, body: RawGraph, step: RawStep) -> None:
        """The output of a map or a loop is one of its own steps, or an input of the body."""
        reference = body.outputs.get("output")
        if reference is None or reference.target is None:
            return
        target = reference.target
        if (target.step.graph if isinstance(target, StepPort) else target.graph) is not body:
            reference.target = None
            body.broken = True
            text = f"'output' of {step.use} reads {reference.text!r}, which is outside its steps"
            self._fail(reference, text, (*body.steps, *body.inputs), code="output")

    @staticmethod
    def _inside(graph: RawGraph, name: str) -> RawStep | None:
        """The flow step, visible here, that holds a step of this name."""
        for outer in graph.visible():
            for step in outer.steps.values():
                for inner in step.graphs():
                    if inner.parent is not None and any(name in deeper.steps for deeper in walk(inner)):
                        return step
        return None

    def _fail(
        self,
        reference: Reference,
        message: str,
        allowed: str | tuple[str, ...],
        near: tuple[str, Iterable[str]] | None = None,
        code: str = "unknown-name",
    ) -> None:
        diagnostics = reference.graph.findings(self._diagnostics)
        diagnostics.add(reference.position, reference.where, message, allowed=allowed, nearest_to=near, code=code)


def reader_in(reference: Reference, graph: RawGraph) -> RawStep | None:
    """The step of ``graph`` in which, or inside which, a reference stands; None where the graph itself reads it."""
    step = None if reference.reader is None else reference.reader.main
    at = reference.graph
    while at is not graph:
        if at.owner is None or at.parent is None:
            return None
        step, at = at.owner.main, at.parent
    return step


def _mentions(step: RawStep) -> Iterator[str]:
    for way in step.ways:
        yield from way.mentions


def _names(graph: RawGraph) -> Iterator[str]:
    for outer in graph.visible():
        yield from outer.steps
        yield from outer.inputs
