"""The checks of flow steps and of what graphs give: branches agree, lists are lists, carried values keep their type."""

from __future__ import annotations

from ragkit import ports
from ragkit.ports import PortType
from ragkit.spec.checking.checks import ValueChecks
from ragkit.spec.checking.port_types import literal_type
from ragkit.spec.plan import Position
from ragkit.spec.written.raw import RawFirst, RawGraph, RawLoop, RawMap, RawPipeline, RawRoute, RawStep
from ragkit.spec.written.raw_values import Input, RawValue, Reference, Several, StepPort, Written, references

_OUTPUTS = "a port of type Answer or list[Passage], or {answer: …, passages: …}"


class FlowChecks:
    """Checks the flow steps of a pipeline, and its output."""

    def __init__(self, values: ValueChecks, references_: list[Reference]) -> None:
        self._values = values
        self._read = {reference.target for reference in references_ if isinstance(reference.target, Input)}
        self._ports = {
            (reference.target.step, reference.target.port)
            for reference in references_
            if isinstance(reference.target, StepPort)
        }

    def check(self, step: RawStep) -> None:
        """One flow step, or an alternative that is one."""
        flow = step.flow
        if isinstance(flow, RawRoute):
            self._route(step, flow)
        elif isinstance(flow, RawMap):
            self._map(step, flow)
        elif isinstance(flow, RawLoop):
            self._loop(step, flow)
        elif isinstance(flow, RawFirst):
            self._first(step, flow)
        elif isinstance(flow, RawPipeline) and flow.graph is not None:
            self._bind(step, flow.graph, flow.bind, step.where, step.position)

    def output(self, root: RawGraph) -> None:
        """The output of the outermost file."""
        wanted = {"output": (ports.ANSWER, ports.PASSAGES), "answer": (ports.ANSWER,), "passages": (ports.PASSAGES,)}
        for name, reference in root.outputs.items():
            if reference is None:
                continue
            for given, of in self._values.possible(reference):
                if given is not None and not any(one.accepts(given) for one in wanted[name]):
                    what = "the output" if name == "output" else f"{name!r} of the output"
                    kinds = " or ".join(str(one) for one in wanted[name])
                    text = f"{what} must be {kinds}, and {reference.text!r}{of} is {given}"
                    self._values.fail(root, reference.position, reference.where, text, "output", _OUTPUTS)
                    if not self._values.is_meant(reference, wanted[name]):
                        root.lose()
                    break

    def _route(self, step: RawStep, flow: RawRoute) -> None:
        self._values.value(step.graph, flow.label, ports.STR, "'label' of flow.route")
        self._agree(step, flow)
        for branch in flow.branches.values():
            if branch.graph is not None and branch.graph.parent is None:
                self._bind(step, branch.graph, branch.bind, branch.where, branch.position)
        labels = None if step.broken else self._values.labels(flow.label)
        if labels is None:
            return
        missing = [label for label in labels if label not in flow.branches]
        if missing and flow.default is None:
            text = f"no branch for {', '.join(map(repr, missing))}, and no 'default'"
            self._values.fail(step.graph, step.position, f"{step.where}.branches", text, "label", ", ".join(labels))
        for name, branch in flow.branches.items():
            if name not in labels and (name != flow.default or not missing):
                text = f"the branch {name!r} can never be chosen: the label is always one of those allowed"
                self._values.fail(step.graph, branch.position, branch.where, text, "label", ", ".join(labels))

    def _agree(self, step: RawStep, flow: RawRoute) -> None:
        first: tuple[str, PortType] | None = None
        for name, branch in flow.branches.items():
            given = None if branch.graph is None else self._values.types.of_graph(branch.graph)
            if given is None or branch.graph is None:
                continue
            if first is None:
                first = (name, given)
            elif not (first[1].accepts(given) or given.accepts(first[1])):
                place = branch.graph.output_position if branch.graph.parent is not None else branch.position
                text = f"the branch {name!r} gives {given} where the branch {first[0]!r} gives {first[1]}"
                self._values.fail(
                    step.graph, place or branch.position, f"{branch.where}.output", text, "type-mismatch", str(first[1])
                )

    def _map(self, step: RawStep, flow: RawMap) -> None:
        over = flow.over
        if isinstance(over, Reference):
            for given, of in self._values.possible(over):
                if given is not None and not given.is_list and given != ports.ANY:
                    text = f"'over' of flow.map takes a list, and {over.text!r}{of} is {given}"
                    self._values.fail(step.graph, over.position, over.where, text, "type-mismatch", "a list")
                    break
        elif over is not None:
            given = self._values.types.of(over)
            if given is not None and not given.is_list:
                text = f"'over' of flow.map takes a list, and this literal is {given}"
                self._values.fail(step.graph, over.position, over.where, text, "type-mismatch", "a list")

    def _loop(self, step: RawStep, flow: RawLoop) -> None:
        body = flow.body
        for name, value in flow.carry.items():
            self._carried(step, flow, name, value)
        for name, condition in (("while", flow.while_), ("until", flow.until)):
            self._values.condition(body, condition)
            for reference in references(condition):
                if name == "while" and isinstance(reference.target, StepPort) and reference.target.step.graph is body:
                    text = f"'while' is tested before a round, when {reference.text!r} has not run"
                    allowed = ", ".join(body.inputs) or "steps outside the loop"
                    self._values.fail(body, reference.position, reference.where, text, "while", allowed)
        self._values.value(body, flow.failure, ports.BOOL, "'failure' of flow.loop")

    def _carried(self, step: RawStep, flow: RawLoop, name: str, value: RawValue | None) -> None:
        where, body = f"{step.where}.carry.{name}", flow.body
        place = value.position if value is not None else step.position
        following = flow.next.get(name)
        if name not in flow.next or (following is not None and following.target is body.inputs[f"carry.{name}"]):
            text = f"the carried value {name!r} never changes: 'next' does not say what it is in the next round"
            if value is not None:
                self._values.fail(step.graph, place, where, text, "carry")
        elif following is not None and self._values.types.carried(flow, name) is None:
            first = self._values.types.of(value)
            if first is not None:
                self._values.value(body, following, first, f"the carried value {name!r}")
        read = body.inputs[f"carry.{name}"] in self._read or any((way, name) in self._ports for way in step.main.ways)
        sure = not step.broken and not body.broken and not any(inner.broken for inner in body.steps.values())
        if not read and sure and value is not None:
            text = f"nothing reads the carried value {name!r}"
            allowed = f"carry.{name} inside, {step.name}.{name} outside"
            self._values.fail(step.graph, place, where, text, "carry", allowed)

    def _first(self, step: RawStep, flow: RawFirst) -> None:
        wanted = self._values.types.of_port(step, "output")
        if wanted is None:
            return
        for candidate in flow.candidates:
            if isinstance(candidate, Written):
                found = [(literal_type(candidate.value), "this literal")]
            elif isinstance(candidate, Reference):
                found = [(kind, f"{candidate.text!r}{of}") for kind, of in self._values.possible(candidate) if kind]
            else:
                continue
            for given, named in found:
                if not wanted.accepts(given):
                    text = f"flow.first gives one type, that of its first reference, {wanted}; {named} is {given}"
                    self._values.fail(step.graph, candidate.position, candidate.where, text, "type-mismatch")
                    break

    def _bind(
        self, step: RawStep, graph: RawGraph, bind: dict[str, RawValue | None], where: str, position: Position
    ) -> None:
        for name, value in bind.items():
            given = graph.inputs[name]
            if given.type is not None and not isinstance(value, Several):
                self._values.value(step.graph, value, given.type, f"the input {name!r} of the included file")
        for name, given in graph.inputs.items():
            if name not in bind and not given.has_default and not step.broken:
                text = f"the input {name!r} ({given.type or 'any'}) of the included file is not bound"
                allowed = f"bind: {{{name}: a reference or {{value: …}}}}"
                self._values.fail(step.graph, position, f"{where}.bind", text, "missing-input", allowed)
