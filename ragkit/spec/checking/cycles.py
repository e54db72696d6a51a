"""Who waits for whom: every cycle, printed as a loop, and an order in which no step stands before one that it reads."""

from __future__ import annotations

from collections import deque

from ragkit.spec.checking.resolve import reader_in
from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.written.raw import RawGraph, RawStep, walk
from ragkit.spec.written.raw_values import Reference, StepPort

Reads = dict[RawStep, dict[RawStep, Reference]]


class Dependencies:
    """For every step, with all inside it and all its alternatives, the steps of its graph that it reads."""

    def __init__(self, root: RawGraph, references: list[Reference]) -> None:
        self._root = root
        self._reads: Reads = {}
        for reference in references:
            if isinstance(reference.target, StepPort):
                read = reference.target.step.main
                reader = reader_in(reference, read.graph)
                if reader is not None:
                    self._reads.setdefault(reader, {}).setdefault(read, reference)

    def report_cycles(self, diagnostics: Diagnostics) -> bool:
        """Reports one shortest cycle for each group of steps that wait for each other; True when there is one."""
        found = False
        for graph in walk(self._root):
            seen: set[RawStep] = set()
            for step in self._in_cycles(graph):
                if step not in seen:
                    cycle = self._shortest(step)
                    seen.update(self._group(step))
                    found = True
                    self._report(cycle, graph.findings(diagnostics))
        return found

    def order(self, graph: RawGraph) -> list[RawStep]:
        """The steps of a graph, every one after those it reads; steps in a cycle, and what reads them, are left out."""
        waits = {step: set(self._reads.get(step, ())) for step in graph.steps.values()}
        readers: dict[RawStep, list[RawStep]] = {step: [] for step in waits}
        for step, reads in waits.items():
            for read in reads:
                readers[read].append(step)
        ready = deque(step for step, reads in waits.items() if not reads)
        order = []
        while ready:
            step = ready.popleft()
            order.append(step)
            for reader in readers[step]:
                waits[reader].discard(step)
                if not waits[reader]:
                    ready.append(reader)
        return order

    def _in_cycles(self, graph: RawGraph) -> list[RawStep]:
        """The steps of a graph that can be reached from themselves, in the order of the file."""
        left = set(graph.steps.values()) - set(self.order(graph))
        return [step for step in graph.steps.values() if step in left and step in self._reach(step, self._reads)]

    def _shortest(self, start: RawStep) -> list[RawStep]:
        """The shortest way from a step back to itself, following who reads whom."""
        before: dict[RawStep, RawStep] = {}
        waiting = deque([start])
        while start not in before:
            step = waiting.popleft()
            for read in self._reads.get(step, {}):
                if read not in before:
                    before[read] = step
                    waiting.append(read)
        cycle = [before[start]]
        while cycle[-1] is not start:
            cycle.append(before[cycle[-1]])
        return cycle[::-1]

    def _group(self, start: RawStep) -> set[RawStep]:
        """The steps that share a cycle with a step, itself included."""
        back: Reads = {}
        for reader, reads in self._reads.items():
            for read, reference in reads.items():
                back.setdefault(read, {})[reader] = reference
        return self._reach(start, self._reads) & self._reach(start, back)

    @staticmethod
    def _reach(start: RawStep, edges: Reads) -> set[RawStep]:
        found: set[RawStep] = set()
        waiting = [start]
        while waiting:
            for step in edges.get(waiting.pop(), ()):
                if step not in found:
                    found.add(step)
                    waiting.append(step)
        return found

    def _report(self, cycle: list[RawStep], diagnostics: Diagnostics) -> None:
        names = [step.name for step in cycle]
        following = [*cycle[1:], cycle[0]]
        reads = [self._reads[step][read] for step, read in zip(cycle, following, strict=True)]
        if len(cycle) == 1:
            inside = reads[0].graph is not cycle[0].graph
            text = f"the step {names[0]!r} reads itself" + (" from inside" if inside else "")
            reads[0].graph.lose()
        else:
            text = "these steps wait for each other"
        places = ", ".join(
            f"{step.name} reads {read.name} at {reference.position.line}:{reference.position.column}"
            for step, read, reference in zip(cycle, following, reads, strict=True)
        )
        diagnostics.add(
            reads[0].position,
            reads[0].where,
            f"{text}: {' -> '.join([*names, names[0]])} ({places})",
            allowed="what was found before; rounds that read the round before are a flow.loop with 'carry'",
            code="cycle",
        )
