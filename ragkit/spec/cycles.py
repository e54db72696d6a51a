"""Steps that wait for each other: every cycle, printed as a loop."""

from __future__ import annotations

from collections import deque

from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.raw import RawGraph, RawStep, walk
from ragkit.spec.raw_values import Reference, StepPort
from ragkit.spec.resolve import reader_in

Edges = dict[RawStep, dict[RawStep, Reference]]


def report_cycles(root: RawGraph, references: list[Reference], diagnostics: Diagnostics) -> bool:
    """Reports one shortest cycle for each group of steps that wait for each other; True when there is one."""
    edges: Edges = {}
    for reference in references:
        if isinstance(reference.target, StepPort):
            read = reference.target.step.main
            reader = reader_in(reference, read.graph)
            if reader is not None:
                edges.setdefault(reader, {}).setdefault(read, reference)
    found = False
    for graph in walk(root):
        seen: set[RawStep] = set()
        for step in graph.steps.values():
            cycle = None if step in seen else _shortest(step, edges)
            if cycle is not None:
                seen.update(_group(step, edges))
                found = True
                _report(cycle, edges, graph.findings(diagnostics))
    return found


def _shortest(start: RawStep, edges: Edges) -> list[RawStep] | None:
    """The shortest way from a step back to itself, following who reads whom."""
    before: dict[RawStep, RawStep] = {}
    waiting = deque([start])
    while waiting:
        step = waiting.popleft()
        for read in edges.get(step, {}):
            if read is start:
                cycle = [step]
                while cycle[-1] is not start:
                    cycle.append(before[cycle[-1]])
                return cycle[::-1]
            if read not in before:
                before[read] = step
                waiting.append(read)
    return None


def _group(start: RawStep, edges: Edges) -> set[RawStep]:
    """The steps that can be reached from a step and reach it: they share its cycles."""
    back: dict[RawStep, set[RawStep]] = {}
    for reader, reads in edges.items():
        for read in reads:
            back.setdefault(read, set()).add(reader)
    forward = _reach(start, {reader: set(reads) for reader, reads in edges.items()})
    return forward & _reach(start, back) | {start}


def _reach(start: RawStep, edges: dict[RawStep, set[RawStep]]) -> set[RawStep]:
    found: set[RawStep] = set()
    waiting = [start]
    while waiting:
        for step in edges.get(waiting.pop(), ()):
            if step not in found:
                found.add(step)
                waiting.append(step)
    return found


def _report(cycle: list[RawStep], edges: Edges, diagnostics: Diagnostics) -> None:
    names = [step.name for step in cycle]
    following = [*cycle[1:], cycle[0]]
    reads = [edges[step][read] for step, read in zip(cycle, following, strict=True)]
    if len(cycle) == 1:
        inside = reads[0].reader is not cycle[0] and reads[0].graph is not cycle[0].graph
        text = f"the step {names[0]!r} reads itself" + (" from inside" if inside else "")
    else:
        text = "these steps wait for each other"
    places = ", ".join(
        f"{step.name} reads {read.name} at {reference.position.line}:{reference.position.column}"
        for step, read, reference in zip(cycle, following, reads, strict=True)
    )
    diagnostics.add(
        reads[0].position, reads[0].where, f"{text}: {' -> '.join([*names, names[0]])} ({places})", code="cycle"
    )
