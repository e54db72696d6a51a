"""What a plan can cost before it runs: needs, the most requests, the longest chain, the most steps side by side."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ragkit.component import Calls, Need
from ragkit.spec.plan import FirstFlow, Graph, LoopFlow, MapFlow, PipelineFlow, RouteFlow, Step


@dataclass(frozen=True, slots=True)
class Bounds:
    """The bounds of one graph.

    ``critical_path`` holds the paths of the longest chain of steps that must run one after another: a route counts with
    its longest branch, a map with one element, a loop with one round. ``width`` is the size of the largest set of steps
    of which none waits for another (a map counts once for each of its elements): exact, by Dilworth's theorem.
    """

    needs: frozenset[Need]
    calls: Calls
    critical_path: tuple[str, ...]
    width: int


def bounds(graph: Graph) -> Bounds:
    """The bounds of a graph and all inside it."""
    parts = [_of_step(step) for step in graph.steps]
    longest: list[tuple[str, ...]] = []
    for step, part in zip(graph.steps, parts, strict=True):
        before = max((longest[index] for index in step.after), key=len, default=())
        longest.append(before + part.critical_path)
    return Bounds(
        frozenset().union(*(part.needs for part in parts)),
        sum((part.calls for part in parts), Calls()),
        max(longest, key=len, default=()),
        heaviest_antichain([step.after for step in graph.steps], [part.width for part in parts]),
    )


def active_steps(graph: Graph) -> Iterator[Step]:
    """Every step of a graph and of the graphs inside it, dropped branches apart."""
    for step in graph.steps:
        yield step
        for inner in inner_graphs(step):
            yield from active_steps(inner)


def inner_graphs(step: Step) -> tuple[Graph, ...]:
    """The graphs inside a step that can run."""
    flow = step.flow
    if isinstance(flow, RouteFlow):
        return tuple(branch.graph for branch in flow.branches.values() if branch.dropped is None)
    if isinstance(flow, (MapFlow, LoopFlow)):
        return (flow.body,)
    return (flow.graph,) if isinstance(flow, PipelineFlow) else ()


def _of_step(step: Step) -> Bounds:
    flow = step.flow
    if flow is None:
        calls = step.component.calls(step.params.model_dump())
        needs = step.component.needs_for(step.params) | ({Need.LOGPROBS} if step.logprobs else frozenset())
        return Bounds(needs, calls, (step.path,), 1)
    if isinstance(flow, FirstFlow):
        return Bounds(frozenset(), Calls(), (), 0)
    inner = [bounds(graph) for graph in inner_graphs(step)]
    needs = frozenset[Need]().union(*(one.needs for one in inner))
    path = max((one.critical_path for one in inner), key=len, default=())
    width = max((one.width for one in inner), default=0)
    calls = Calls(
        max((one.calls.retrievals for one in inner), default=0), max((one.calls.lm for one in inner), default=0)
    )
    if isinstance(flow, MapFlow):
        return Bounds(needs, calls * flow.max_items, path, width * flow.max_items)
    if isinstance(flow, LoopFlow):
        return Bounds(needs, calls * flow.max_rounds, path, width)
    return Bounds(needs, calls, path, width)


def heaviest_antichain(after: Sequence[Sequence[int]], weights: Sequence[int]) -> int:
    """The weight of the heaviest set of steps of which none waits for another, directly or through others.

    ``after[i]`` holds the steps that step ``i`` waits for, each of them before ``i``.

    By Dilworth's theorem it weighs as much as the fewest chains that cover every step as often as its weight says: the
    sum of the weights less the largest flow from each step to those that wait for it.
    """
    before: list[set[int]] = []
    for waits in after:
        before.append(set(waits).union(*(before[index] for index in waits)))
    later: list[list[int]] = [[] for _ in after]
    for index, earlier in enumerate(before):
        for one in earlier:
            later[one].append(index)
    demand = list(weights)
    flow: dict[tuple[int, int], int] = {}
    left = 0
    for start, supply in enumerate(weights):
        while supply and (path := _augmenting(start, before, later, demand, flow)):
            links = list(pairwise(path))
            # A link runs from an earlier step to a later one and carries more, or back from a later one, with less.
            taken = [flow[two, one] for one, two in links[1::2]]
            amount = min(supply, demand[path[-1]], *taken)
            for place, (one, two) in enumerate(links):
                forward = place % 2 == 0
                key = (one, two) if forward else (two, one)
                flow[key] = flow.get(key, 0) + (amount if forward else -amount)
            supply -= amount
            demand[path[-1]] -= amount
        left += supply
    return left


def _augmenting(
    start: int,
    before: Sequence[set[int]],
    later: Sequence[Sequence[int]],
    demand: Sequence[int],
    flow: dict[tuple[int, int], int],
) -> list[int]:
    """A way for more flow from ``start``, steps in turn as the earlier and as the later one; empty if there is none."""
    came: dict[tuple[bool, int], tuple[bool, int]] = {}
    waiting = deque([(False, start)])
    while waiting:
        at = waiting.popleft()
        as_later, index = at
        following = [one for one in before[index] if flow.get((one, index), 0)] if as_later else later[index]
        for other in following:
            node = (not as_later, other)
            if node in came or node == (False, start):
                continue
            came[node] = at
            if not as_later and demand[other]:
                path = [node]
                while path[-1] != (False, start):
                    path.append(came[path[-1]])
                return [step for _, step in reversed(path)]
            waiting.append(node)
    return []
