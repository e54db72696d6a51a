"""A plan that ends at one of its steps: what has to run before that step can, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ragkit.errors import UsageError, did_you_mean
from ragkit.spec.hashing import plan_hash
from ragkit.spec.plan import FirstFlow, Graph, LoopFlow, MapFlow, PipelineFlow, Plan, RouteFlow, Source, Step


def cut_after(plan: Plan, path: str) -> Plan:
    """The plan whose output is the main port of one step; steps that it does not wait for are left out.

    For a step inside a flow the plan ends at the outermost flow step around it, since an inner step runs only there.
    ``calls``, ``critical_path`` and ``width`` stay those of the whole plan: bounds, no longer the tightest.

    Args:
        plan: A checked plan.
        path: The step's path, ``evidence`` or ``choose.multi.hits``.

    Raises:
        UsageError: The plan has no such step.
    """
    known = {step.path: outermost for outermost, step in _steps(plan.root)}
    if path not in known:
        hint = did_you_mean(path, known)
        raise UsageError(f"{plan.file.name} has no step {path!r}{hint}; its steps are {', '.join(map(repr, known))}")
    steps = plan.root.steps
    wanted = _waited_for(steps, known[path])
    place = {old: new for new, old in enumerate(wanted)}
    kept = tuple(replace(steps[old], after=tuple(place[before] for before in steps[old].after)) for old in wanted)
    last = steps[known[path]]
    port = last.outputs[0]
    output = {port.name: Source(0, last.first_slot, port.type, last.path)}
    root = replace(plan.root, steps=kept, output=output, output_type=port.type)
    names = {step.corpus for _, step in _steps(root)}
    corpora = tuple(name for name in plan.corpora if name in names)
    return replace(plan, root=root, corpora=corpora, hash=plan_hash(root, plan.budget))


def steps_of(graph: Graph) -> Iterator[Step]:
    """Every step of a graph and of the graphs inside it."""
    for _, step in _steps(graph):
        yield step


def _steps(graph: Graph) -> Iterator[tuple[int, Step]]:
    """Every step, inner ones included, with the index of the step of the outermost graph that it stands in."""
    for index, step in enumerate(graph.steps):
        yield index, step
        for inner in _inner(step):
            for found in steps_of(inner):
                yield index, found


def _inner(step: Step) -> tuple[Graph, ...]:
    flow = step.flow
    if isinstance(flow, RouteFlow):
        return tuple(branch.graph for branch in flow.branches.values())
    if isinstance(flow, (MapFlow, LoopFlow)):
        return (flow.body,)
    if isinstance(flow, PipelineFlow):
        return (flow.graph,)
    assert flow is None or isinstance(flow, FirstFlow)
    return ()


def _waited_for(steps: tuple[Step, ...], last: int) -> list[int]:
    found: set[int] = set()
    open_ = [last]
    while open_:
        index = open_.pop()
        if index not in found:
            found.add(index)
            open_ += steps[index].after
    return sorted(found)
