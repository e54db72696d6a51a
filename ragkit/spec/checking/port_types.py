"""The type of every port and input, found where it is asked for: flow steps take theirs from what is inside them."""

from __future__ import annotations

from collections.abc import Callable

from ragkit import ports
from ragkit.component import output_ports
from ragkit.ports import EMPTY_LIST, PortType
from ragkit.spec.written.raw import RawFirst, RawGraph, RawLoop, RawMap, RawPipeline, RawRoute, RawStep
from ragkit.spec.written.raw_values import Input, RawValue, Reference, StepPort, Target, Written


class PortTypes:
    """Types of targets; None stands for a type that is not known because something is broken."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, str], PortType | None] = {}
        self._asked: set[tuple[object, str]] = set()
        self._cut = False

    def of(self, value: RawValue | None) -> PortType | None:
        """The type of a port value; a list of references has none of its own."""
        if isinstance(value, Written):
            return literal_type(value.value)
        if isinstance(value, Reference) and value.target is not None:
            return self.of_target(value.target)
        return None

    def of_target(self, target: Target) -> PortType | None:
        """The type of what a reference reads."""
        if isinstance(target, StepPort):
            return self.of_port(target.step, target.port)
        return self._once((target, target.name), lambda: self._input(target))

    def of_port(self, step: RawStep, port: str) -> PortType | None:
        """The type of an output port of a step, or of one alternative of it."""
        return self._once((step, port), lambda: self._output(step, port))

    def of_graph(self, graph: RawGraph) -> PortType | None:
        """The type of a graph's output; of a file with several, that of its answer."""
        return self.of(next(iter(graph.outputs.values()), None))

    def _once(self, key: tuple[object, str], find: Callable[[], PortType | None]) -> PortType | None:
        """What ``find`` gives, found once; a type that hangs on itself is not known from there.

        What was found while such a loop was cut is kept for the outermost question only: asked from elsewhere in the
        loop the answer may be a better one.
        """
        if key in self._known:
            return self._known[key]
        if key in self._asked:
            self._cut = True
            return None
        outermost = not self._asked
        if outermost:
            self._cut = False
        self._asked.add(key)
        found = find()
        self._asked.discard(key)
        if outermost or not self._cut:
            self._known[key] = found
        return found

    def _input(self, given: Input) -> PortType | None:
        if given.type is not None or given.graph.owner is None:
            return given.type
        flow = given.graph.owner.flow
        if isinstance(flow, RawMap):
            over = self.of(flow.over)
            return None if over is None else over.element or ports.ANY
        if isinstance(flow, RawLoop):
            return self.carried(flow, given.name.removeprefix("carry."))
        return None

    def carried(self, flow: RawLoop, name: str) -> PortType | None:
        """The type of a carried value: of what it is at first, or of ``next`` where that is the wider of the two.

        So an empty list becomes a list of what ``next`` gives, and a whole number a float. None where neither takes the
        other, which is reported at ``next`` and nowhere else.
        """
        first, following = self.of(flow.carry.get(name)), self.of(flow.next.get(name))
        if first is None or following is None:
            return first or following
        if following != ports.ANY and following.accepts(first):
            return following
        return first if first.accepts(following) else None

    def _output(self, step: RawStep, port: str) -> PortType | None:
        flow = step.flow
        if step.component is None or (flow is None and step.use.startswith("flow.")):
            return None
        if flow is None:
            return next((found.type for found in output_ports(step.component) if found.name == port), None)
        if isinstance(flow, RawRoute):
            return ports.LABEL if port == "label" else self._widest(self.branch_types(flow))
        if isinstance(flow, RawMap):
            body = self.of_graph(flow.body)
            return None if body is None else ports.list_of(body)
        if isinstance(flow, RawLoop):
            own = {"rounds": ports.INT, "stopped": ports.STR}
            if port in own:
                return own[port]
            return self.of_graph(flow.body) if port == "output" else self.carried(flow, port)
        if isinstance(flow, RawFirst):
            return self._widest([self.of(candidate) for candidate in flow.candidates])
        assert isinstance(flow, RawPipeline)
        return None if flow.graph is None else self.of_graph(flow.graph)

    def branch_types(self, flow: RawRoute) -> list[PortType | None]:
        """The output type of every branch that is there."""
        return [
            self.of_graph(branch.graph)
            for branch in flow.branches.values()
            if branch.graph is not None and branch.dropped is None
        ]

    @staticmethod
    def _widest(found: list[PortType | None]) -> PortType | None:
        """The type that takes all of these; the first of them where there is none (which is reported)."""
        known = [one for one in found if one is not None]
        known.sort(key=lambda one: one in (EMPTY_LIST, ports.ANY))
        return next((one for one in known if all(one.accepts(other) for other in known)), known[0] if known else None)


def literal_type(value: object) -> PortType:
    """The type of a literal; a list of unlike elements is a list of any, whole numbers beside fractions are floats."""
    if not isinstance(value, list) or not value:
        return ports.of_value(value)
    elements = [literal_type(element) for element in value]
    for element in elements:
        if all(element.accepts(other) for other in elements):
            return ports.list_of(element)
    return ports.list_of(ports.ANY)


def literal_fits(value: object, wanted: PortType) -> bool:
    """True when a literal may stand where ``wanted`` is read, every element of a list looked at."""
    if isinstance(value, list) and wanted.element is not None:
        return all(literal_fits(element, wanted.element) for element in value)
    return wanted.accepts(literal_type(value))
