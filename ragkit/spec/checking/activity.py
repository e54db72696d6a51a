"""Which steps run under the values chosen, what they really read, and in which order."""

from __future__ import annotations

import heapq

from ragkit.spec.written.raw import RawGraph, RawStep, own_references
from ragkit.spec.written.raw_values import Reference, Several, StepPort, Target


class Activity:
    """Follows references through disabled steps; of a graph, only what leads to its output is active."""

    def __init__(self) -> None:
        self._reads: dict[RawGraph, tuple[dict[RawStep, None], list[Reference]]] = {}
        self._of_step: dict[RawStep, list[Reference]] = {}

    def final(self, reference: Reference) -> Target:
        """What a reference reads once disabled steps have handed on their inputs."""
        target = reference.target
        while isinstance(target, StepPort) and target.step.disabled is not None:
            component = target.step.component
            assert component is not None
            assert component.passthrough is not None
            value = target.step.inputs[component.passthrough]
            if isinstance(value, Several):
                (value,) = value.items
            assert isinstance(value, Reference)
            target = value.target
        assert target is not None
        return target

    def active(self, graph: RawGraph) -> dict[RawStep, None]:
        """The steps that lead to a graph's output."""
        return self._graph(graph)[0]

    def ports(self, graph: RawGraph) -> set[tuple[RawStep, str]]:
        """The ports of a graph's steps that active steps, what is inside them, or the graph itself read."""
        targets = (self.final(reference) for reference in self._graph(graph)[1])
        return {(target.step, target.port) for target in targets if isinstance(target, StepPort)}

    def before(self, step: RawStep) -> set[RawStep]:
        """The steps of the same graph that a step, with all inside it, reads."""
        found = set()
        for reference in self._step(step):
            target = self.final(reference)
            if isinstance(target, StepPort) and target.step.graph is step.graph and target.step is not step:
                found.add(target.step)
        return found

    def order(self, graph: RawGraph) -> list[RawStep]:
        """The active steps, every one after those it reads, else in the order of the file."""
        active = self.active(graph)
        steps = [step for step in graph.steps.values() if step in active]
        place = {step: number for number, step in enumerate(steps)}
        waits = {step: self.before(step) for step in steps}
        ready = [place[step] for step in steps if not waits[step]]
        heapq.heapify(ready)
        readers: dict[RawStep, list[RawStep]] = {step: [] for step in steps}
        for step, before in waits.items():
            for read in before:
                readers[read].append(step)
        order = []
        while ready:
            step = steps[heapq.heappop(ready)]
            order.append(step)
            for reader in readers[step]:
                waits[reader].discard(step)
                if not waits[reader]:
                    heapq.heappush(ready, place[reader])
        return order

    def _graph(self, graph: RawGraph) -> tuple[dict[RawStep, None], list[Reference]]:
        """The active steps, and every reference that they, what is inside them, and the graph itself read."""
        if graph in self._reads:
            return self._reads[graph]
        roots = list(graph.reads)
        if graph.owner is not None and graph.parent is None:
            # An included file has one output: where it is {answer, passages}, the answer.
            roots = [reference for reference in graph.outputs.values() if reference is not None][:1]
        every, waiting = list(roots), list(roots)
        active: dict[RawStep, None] = {}
        while waiting:
            target = self.final(waiting.pop())
            if isinstance(target, StepPort) and target.step.graph is graph and target.step not in active:
                active[target.step] = None
                read = self._step(target.step)
                every += read
                waiting += read
        self._reads[graph] = (active, every)
        return active, every

    def _step(self, step: RawStep) -> list[Reference]:
        if step not in self._of_step:
            found = list(own_references(step))
            for inner in step.graphs():
                if inner.parent is not None:
                    found += self._graph(inner)[1]
            self._of_step[step] = found
        return self._of_step[step]
