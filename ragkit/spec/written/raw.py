"""A pipeline as written: every step read and checked by itself, names not yet followed.

The compiler works on these records in passes: ``files``, ``steps`` and ``flows`` make them, ``resolve`` fills the
targets of references, ``checks``, ``flow_checks`` and ``nothing`` look at what flows, ``emit`` turns what is active
into a plan. They are mutable, compared by identity, and never leave this room.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ragkit.component import Component
from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.plan import Model, Position
from ragkit.spec.written.raw_values import Input, RawCondition, RawValue, Reference, Written, references


@dataclass(slots=True, eq=False, repr=False)
class RawBranch:
    """A branch of a route; ``graph`` is None where it could not be read. ``dropped`` says why it is not there."""

    name: str
    position: Position
    where: str
    graph: RawGraph | None
    bind: dict[str, RawValue | None] = field(default_factory=dict)
    dropped: str | None = None


@dataclass(slots=True, eq=False, repr=False)
class RawRoute:
    """``flow.route``."""

    label: RawValue | None
    branches: dict[str, RawBranch]
    default: str | None


@dataclass(slots=True, eq=False, repr=False)
class RawMap:
    """``flow.map``."""

    over: RawValue | None
    max_items: int
    body: RawGraph


@dataclass(slots=True, eq=False, repr=False)
class RawLoop:
    """``flow.loop``."""

    carry: dict[str, RawValue | None]
    body: RawGraph
    next: dict[str, Reference | None]
    max_rounds: int
    while_: RawCondition | None
    until: RawCondition | None
    failure: Reference | None
    max_failures: int | None


@dataclass(slots=True, eq=False, repr=False)
class RawFirst:
    """``flow.first``."""

    candidates: tuple[Reference | Written | None, ...]


@dataclass(slots=True, eq=False, repr=False)
class RawPipeline:
    """``flow.pipeline``."""

    graph: RawGraph | None
    bind: dict[str, RawValue | None]


RawFlow = RawRoute | RawMap | RawLoop | RawFirst | RawPipeline


@dataclass(slots=True, eq=False, repr=False)
class RawStep:
    """A step, or one alternative of it.

    ``broken``: something about it could not be read, so nothing is said of what it lacks or of who reads it.
    ``disabled``: it hands on its passthrough; ``optional``: another choice may disable it. ``others`` are the
    alternatives that were not chosen; each has the step itself as ``stands_for``. ``inner_path`` is the path of scopes
    inside it (an alternative adds its own name). ``mentions`` are texts of it that may have been meant as references.
    """

    name: str
    path: str
    where: str
    position: Position
    graph: RawGraph
    use: str = ""
    component: type[Component] | None = None
    broken: bool = False
    params: Any = None
    bound: dict[str, Reference] = field(default_factory=dict)
    inputs: dict[str, RawValue | None] = field(default_factory=dict)
    when: RawCondition | None = None
    flow: RawFlow | None = None
    corpus: str | None = None
    lm: Model | None = None
    lm_optional: bool = False
    needs_lm_dropped: str | None = None
    disabled: str | None = None
    optional: bool = False
    alternative: str | None = None
    inner_path: str = ""
    stands_for: RawStep | None = None
    others: list[RawStep] = field(default_factory=list)
    readers: list[Reference] = field(default_factory=list)
    mentions: set[str] = field(default_factory=set)

    @property
    def main(self) -> RawStep:
        """The step that stands in the graph: itself, or the one that it is an alternative of."""
        return self if self.stands_for is None else self.stands_for

    @property
    def ways(self) -> tuple[RawStep, ...]:
        """Itself and the alternatives that were not chosen."""
        return (self, *self.others)

    def graphs(self) -> Iterator[RawGraph]:
        """The graphs inside it that are there, dropped branches apart."""
        flow = self.flow
        if isinstance(flow, (RawMap, RawLoop)):
            yield flow.body
        elif isinstance(flow, RawPipeline) and flow.graph is not None:
            yield flow.graph
        elif isinstance(flow, RawRoute):
            for branch in flow.branches.values():
                if branch.graph is not None and branch.dropped is None:
                    yield branch.graph


@dataclass(slots=True, eq=False, repr=False)
class RawGraph:
    """One scope. ``parent`` is None where a file begins: its steps see its inputs only.

    ``outputs`` holds one reference under ``output``, or those of ``{answer: …, passages: …}``; ``reads`` are all that
    the graph reads itself: its outputs and, in a loop, ``next``, ``while``, ``until`` and ``failure``.
    ``broken``: it is not known who reads its steps; ``partial``: some of its steps could not be read. ``lm_optional``:
    the graph is dropped when an LM that it needs is not set. ``diagnostics``: of a file's graph, where its findings go.
    """

    path: str
    where: str
    parent: RawGraph | None
    owner: RawStep | None
    inputs: dict[str, Input] = field(default_factory=dict)
    steps: dict[str, RawStep] = field(default_factory=dict)
    outputs: dict[str, Reference | None] = field(default_factory=dict)
    output_position: Position | None = None
    reads: list[Reference] = field(default_factory=list)
    broken: bool = False
    partial: bool = False
    lm_optional: bool = False
    diagnostics: Diagnostics | None = None

    @property
    def file(self) -> RawGraph:
        """The graph of the file that it stands in."""
        graph = self
        while graph.parent is not None:
            graph = graph.parent
        return graph

    def findings(self, otherwise: Diagnostics) -> Diagnostics:
        """Where findings about its steps go: those of its file, or ``otherwise``."""
        own = self.file.diagnostics
        return otherwise if own is None else own

    def lose(self) -> None:
        """Notes that something here reads a step which is not known: nothing is said of steps that nobody reads."""
        for graph in self.visible():
            graph.broken = True

    def visible(self) -> Iterator[RawGraph]:
        """Itself and the graphs outward that its steps may read."""
        graph: RawGraph | None = self
        while graph is not None:
            yield graph
            graph = graph.parent


def own_references(step: RawStep) -> Iterator[Reference]:
    """What a step reads in the graph that it stands in, those of its inner graphs apart."""
    for value in step.inputs.values():
        yield from references(value)
    yield from step.bound.values()
    yield from references(step.when)
    flow = step.flow
    if isinstance(flow, RawRoute):
        yield from references(flow.label)
        for branch in flow.branches.values():
            if branch.dropped is None:
                for value in branch.bind.values():
                    yield from references(value)
    elif isinstance(flow, RawMap):
        yield from references(flow.over)
    elif isinstance(flow, RawLoop):
        for value in flow.carry.values():
            yield from references(value)
    elif isinstance(flow, RawFirst):
        for value in flow.candidates:
            yield from references(value)
    elif isinstance(flow, RawPipeline):
        for value in flow.bind.values():
            yield from references(value)


def walk(graph: RawGraph) -> Iterator[RawGraph]:
    """The graph and all graphs inside it, those of alternatives not chosen and of dropped branches included."""
    yield graph
    for step in graph.steps.values():
        for way in step.ways:
            flow = way.flow
            inner: tuple[RawGraph | None, ...] = ()
            if isinstance(flow, (RawMap, RawLoop)):
                inner = (flow.body,)
            elif isinstance(flow, RawPipeline):
                inner = (flow.graph,)
            elif isinstance(flow, RawRoute):
                inner = tuple(branch.graph for branch in flow.branches.values())
            for one in inner:
                if one is not None:
                    yield from walk(one)
