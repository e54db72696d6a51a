"""From a plan to graphs that run: each step gets its component, each flow its inner graphs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ragkit.component import Component, Scope
from ragkit.engine.flows import FirstStep, MapStep, PipelineStep, RouteStep
from ragkit.engine.graph import RunGraph, Runnable
from ragkit.engine.leaf import LeafStep
from ragkit.engine.loop import LoopStep
from ragkit.engine.pool import Pool
from ragkit.engine.reuse import Reuse
from ragkit.spec.plan import FirstFlow, Graph, LoopFlow, MapFlow, PipelineFlow, RouteFlow, Step


@dataclass(slots=True)
class Builder:
    """Builds the graphs of one plan. ``components`` holds every component made, by the path of its step."""

    scope: Callable[[Step], Scope]
    pool: Pool
    cache: Reuse | None
    batch_size: int
    components: dict[str, Component] = field(default_factory=dict)

    def graph(self, graph: Graph) -> RunGraph:
        """One graph and all inside it."""
        return RunGraph(graph, [self.step(step) for step in graph.steps])

    def step(self, step: Step) -> Runnable:
        """One step."""
        flow = step.flow
        if isinstance(flow, RouteFlow):
            return RouteStep(step, flow, self.graph)
        if isinstance(flow, MapFlow):
            return MapStep(step, flow, self.graph)
        if isinstance(flow, LoopFlow):
            return LoopStep(step, flow, self.graph)
        if isinstance(flow, PipelineFlow):
            return PipelineStep(step, flow, self.graph)
        if isinstance(flow, FirstFlow):
            return FirstStep(step, flow)
        component = step.component(step.params, self.scope(step))
        self.components[step.path] = component
        return LeafStep(step, component, self.pool, self.cache, self.batch_size)
