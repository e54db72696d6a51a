"""The plan: a checked pipeline. References are resolved to slots, types matched, order fixed, bounds known.

A **graph** is one scope: the file, a branch, the body of a map or a loop, an included file. While it runs, one
execution of it has a flat list of values: first the graph's inputs, then the output ports of each step. A reference is
therefore two numbers: how many graphs up, and which slot. Nothing here loads a model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ragkit.component import Calls, Component, Need, OutputPort
from ragkit.ports import PortType
from ragkit.spec.price import Price
from ragkit.spec.written.constraint import Constraint


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a file: line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value is read: ``up`` graphs outward (0: the step's own), at ``slot``; of a disabled step what it has."""

    up: int
    slot: int
    type: PortType
    text: str


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal, ``{value: …}``."""

    value: Any
    type: PortType


@dataclass(frozen=True, slots=True)
class Gather:
    """A list port: several references, in the order written. A ``spliced`` one is a list, whose elements are given."""

    elements: tuple[Source | Constant, ...]
    spliced: tuple[bool, ...]


Value = Source | Constant | Gather


@dataclass(frozen=True, slots=True)
class Test:
    """A condition on one port. ``op`` ``true`` reads a bool; a test of nothing is false, and so is its negation."""

    source: Source
    op: Literal["true", "is", "at_least", "at_most"] = "true"
    operand: Any = None


@dataclass(frozen=True, slots=True)
class Not:
    """The condition is false (on nothing: false too)."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of the conditions is true."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every condition is true."""

    conditions: tuple[Condition, ...]


Condition = Test | Not | AnyOf | AllOf


@dataclass(frozen=True, slots=True)
class Branch:
    """One branch of a route: a graph of its own. ``inputs`` fill the graph's inputs (of a file; inline has none)."""

    name: str
    graph: Graph
    inputs: Mapping[str, Value] = field(default_factory=dict)
    dropped: str | None = None


@dataclass(frozen=True, slots=True)
class RouteFlow:
    """``flow.route``: one branch runs, chosen by the label at ``label``. Ports: ``output``, ``label``."""

    label: Value
    branches: Mapping[str, Branch]
    default: str | None


@dataclass(frozen=True, slots=True)
class MapFlow:
    """``flow.map``: the body runs for each element. The body's only input slot is ``item``. Port: ``output``."""

    over: Value
    max_items: int
    body: Graph


@dataclass(frozen=True, slots=True)
class LoopFlow:
    """``flow.loop``. The body's input slots are the carried names, in the order of ``carry``.

    ``while_`` is tested before a round (of the body's graph only the inputs are set), ``until`` after ``next``;
    ``failure`` is a bool source of the body. Ports: ``output``, each carried name, ``rounds`` and ``stopped``.
    """

    carry: Mapping[str, Value]
    body: Graph
    next: Mapping[str, Source]
    max_rounds: int
    while_: Condition | None = None
    until: Condition | None = None
    failure: Source | None = None
    max_failures: int | None = None


@dataclass(frozen=True, slots=True)
class FirstFlow:
    """``flow.first``: the first of ``candidates`` that is there. Port: ``output``."""

    candidates: tuple[Source | Constant, ...]


@dataclass(frozen=True, slots=True)
class PipelineFlow:
    """``flow.pipeline``: an included file. ``inputs`` fill the graph's inputs. Ports: ``output``."""

    graph: Graph
    inputs: Mapping[str, Value]


Flow = RouteFlow | MapFlow | LoopFlow | FirstFlow | PipelineFlow


@dataclass(frozen=True, slots=True)
class Model:
    """A language model: ``model`` is a DSPy model string (``provider/model``), ``name`` the file's own name for it.

    ``api_key_env`` names a variable of the environment: keys stand nowhere else. ``timeout`` is the longest wait, in
    seconds; ``retries`` how often a request that failed in passing is sent again; ``concurrency`` how many requests the
    process has under way there; ``fallback`` is asked when it has failed for good; ``price`` is what its tokens cost.
    """

    model: str
    name: str | None = None
    api_base: str | None = None
    api_key_env: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    timeout: float = 120.0
    retries: int = 3
    concurrency: int = 8
    fallback: Model | None = None
    price: Price | None = None


def with_fallbacks(model: Model | None) -> Iterator[Model]:
    """An LM and those that are asked in its place."""
    while model is not None:
        yield model
        model = model.fallback


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a graph.

    ``path`` is the name along its scopes (``ask.draft``; a branch adds its own: ``choose.multi.hits``), unique in the
    plan. ``params`` are validated; ``bound`` maps the parameters that take ``{from: …}`` to sources. ``first_slot``
    is that of the first of ``outputs``; ``after`` has the places of the steps that it must wait for in the graph.
    ``lm`` is set on steps that ask one; ``logprobs`` where a step reads those of its reply.
    """

    name: str
    path: str
    use: str
    component: type[Component]
    position: Position
    params: Any
    bound: Mapping[str, Source]
    inputs: Mapping[str, Value]
    outputs: tuple[OutputPort, ...]
    first_slot: int
    after: tuple[int, ...]
    when: Condition | None = None
    corpus: str | None = None
    lm: Model | None = None
    flow: Flow | None = None
    logprobs: bool = False


@dataclass(frozen=True, slots=True)
class Graph:
    """One scope: its inputs (the first slots), its steps in an order that respects every reference, its output.

    ``output`` is where the graph's output is read; for the root it may be a mapping ``{answer, passages}``.
    ``parallel`` is True when two of its steps that take real time do not depend on each other.
    """

    path: str
    inputs: tuple[tuple[str, PortType], ...]
    steps: tuple[Step, ...]
    slots: int
    output: Mapping[str, Source]
    output_type: PortType
    defaults: Mapping[str, Any] = field(default_factory=dict)

    @property
    def main_output(self) -> Source:
        """The source of the graph's one output (branches, bodies and included files have exactly one)."""
        return next(iter(self.output.values()))


@dataclass(frozen=True, slots=True)
class SearchMark:
    """One dimension of the search space, at ``path`` (``evidence.buffer``, ``rerank.use``, ``rerank.enabled``).

    ``when`` names the alternative that must be chosen for the mark to count: ``("rerank.use", "cross")``.
    """

    path: str
    kind: Literal["choice", "range", "one_of", "enabled"]
    default: Any
    choices: tuple[Any, ...] = ()
    low: float | None = None
    high: float | None = None
    step: float | None = None
    log: bool = False
    integer: bool = False
    when: tuple[tuple[str, Any], ...] = ()
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that one question may spend; None is no limit."""

    lm_calls: int | None = None
    tokens: int | None = None
    retrieval_calls: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A checked pipeline.

    ``hash`` covers the resolved plan without secrets, comments and order. ``calls`` is the most one question can make,
    ``critical_path`` the longest chain of steps by path, ``width`` the most that can run side by side. ``notes`` are
    sentences for ``validate`` and the trace. ``files`` are all files read, ``state`` that of an overlay's LM steps.
    ``slo`` has the levels of each profile, ``profile`` the one whose overlay is used; ``declared`` are all LMs named.
    """

    name: str
    description: str
    file: Path
    hash: str
    root: Graph
    budget: Budget
    needs: frozenset[Need]
    calls: Calls
    critical_path: tuple[str, ...]
    width: int
    corpora: tuple[str, ...]
    lms: Mapping[str, str]
    models: tuple[Model, ...] = ()
    space: tuple[SearchMark, ...] = ()
    choices: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()
    objective: Mapping[str, Any] | None = None
    slo: Mapping[str, tuple[Constraint, ...]] = field(default_factory=dict)
    profile: str | None = None
    state: Path | None = None
    declared: Mapping[str, Model] = field(default_factory=dict)
