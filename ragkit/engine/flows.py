"""Flow steps: route, map, loop, first and the included pipeline, each run for many questions at once.

A flow step opens a span, makes inner frames for every question that is ready, and runs its graph once for all of them,
so that rounds, branches and elements of different questions are gathered by step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ragkit.engine.frame import NOTHING, Frame
from ragkit.engine.graph import RunGraph
from ragkit.engine.values import condition, describe, reader
from ragkit.errors import RagkitError, StepError
from ragkit.ports import PASSAGE
from ragkit.spec.plan import Branch, FirstFlow, MapFlow, PipelineFlow, RouteFlow, Step, Value
from ragkit.trace.model import Span
from ragkit.types import Decision, Passages

Build = Callable[[Any], RunGraph]


class FlowStep:
    """What all flow steps share: conditions, spans, and where their ports are written."""

    def __init__(self, step: Step) -> None:
        self.step = step
        self.path = step.path
        self.name = step.name
        self.after = step.after
        self.slow = False
        self._first = step.first_slot
        self._names = tuple(port.name for port in step.outputs)
        self._when = None if step.when is None else condition(step.when)

    def run(self, frames: Sequence[Frame]) -> None:
        """Runs the step for every frame whose question has not failed and whose condition holds."""
        ready = []
        for frame in frames:
            if frame.question.error is not None:
                continue
            span = frame.question.open(frame, self.path, self.step.use, "CHAIN")
            if self._when is not None and not self._when(frame):
                self.skip(frame, span, f"its condition does not hold: {describe(self.step.when)}")  # type: ignore[arg-type]
            else:
                ready.append((frame, span))
        if ready:
            self.execute(ready)

    def execute(self, ready: Sequence[tuple[Frame, Span]]) -> None:
        """Does the work of this kind of flow; each span is ended by ``finish``, ``skip`` or ``fail``."""
        raise TypeError(f"{type(self).__name__} does not say how it runs")

    def finish(self, frame: Frame, span: Span, *outputs: Any) -> None:
        """Writes the ports and ends the span; a question that failed inside leaves it failed."""
        if frame.question.error is not None:
            span.status = "failed"
            span.reason = f"{frame.question.error.step!r} failed"
            frame.question.close(span)
            return
        for offset, value in enumerate(outputs):
            frame.values[self._first + offset] = value
        span.outputs = {name: value for name, value in zip(self._names, outputs, strict=True) if value is not NOTHING}
        frame.question.close(span)

    def skip(self, frame: Frame, span: Span, reason: str) -> None:
        """Ends the span; the ports stay nothing."""
        span.status = "skipped"
        span.reason = reason
        frame.question.close(span)

    def fail(self, frame: Frame, span: Span, cause: Exception) -> None:
        """Ends the span and the question."""
        error = StepError(self.path, self.step.use, cause, trace_id=frame.question.trace.id)
        span.status = "failed"
        span.error = error.as_dict()
        frame.question.close(span)
        frame.question.fail(error)

    def warn(self, frame: Frame, span: Span, text: str) -> None:
        """Puts a warning into the trace and into the result."""
        span.warnings = (*span.warnings, text)
        frame.question.warn(f"{self.path}: {text}")


class FirstStep(FlowStep):
    """``flow.first``."""

    def __init__(self, step: Step, flow: FirstFlow) -> None:
        super().__init__(step)
        self._candidates = tuple(
            (getattr(candidate, "text", "value"), reader(candidate)) for candidate in flow.candidates
        )

    def execute(self, ready: Sequence[tuple[Frame, Span]]) -> None:
        for frame, span in ready:
            for text, read in self._candidates:
                value = read(frame)
                if value is not NOTHING:
                    span.inputs = {text: value}
                    self.finish(frame, span, value)
                    break
            else:
                self.skip(frame, span, "none of its references is there")


class _Included:
    """A graph of a file: it sees only its inputs, and those that nobody binds have their defaults."""

    def __init__(self, graph: RunGraph, inputs: Mapping[str, Value]) -> None:
        self.graph = graph
        self._readers = {name: reader(value) for name, value in inputs.items()}

    def frame(self, outer: Frame, part: str, span: Span) -> Frame:
        given = []
        defaults = self.graph.graph.defaults
        for name, _ in self.graph.graph.inputs:
            value = self._readers[name](outer) if name in self._readers else NOTHING
            given.append(defaults.get(name, NOTHING) if value is NOTHING else value)
        return outer.inner(self.graph.values(given), part, span, sealed=True)


class PipelineStep(FlowStep):
    """``flow.pipeline``."""

    def __init__(self, step: Step, flow: PipelineFlow, build: Build) -> None:
        super().__init__(step)
        self._included = _Included(build(flow.graph), flow.inputs)
        self.slow = self._included.graph.slow

    def execute(self, ready: Sequence[tuple[Frame, Span]]) -> None:
        inner = [self._included.frame(frame, "", span) for frame, span in ready]
        self._included.graph.run(inner)
        for (frame, span), child in zip(ready, inner, strict=True):
            self.finish(frame, span, self._included.graph.output(child))


class RouteStep(FlowStep):
    """``flow.route``."""

    def __init__(self, step: Step, flow: RouteFlow, build: Build) -> None:
        super().__init__(step)
        self._label = reader(flow.label)
        self._default = flow.default
        self._dropped = {name: branch.dropped for name, branch in flow.branches.items() if branch.dropped is not None}
        self._branches = {
            name: self._branch(branch, build) for name, branch in flow.branches.items() if branch.dropped is None
        }
        self.slow = any(graph.slow for graph, _ in self._branches.values())

    @staticmethod
    def _branch(branch: Branch, build: Build) -> tuple[RunGraph, _Included | None]:
        graph = build(branch.graph)
        sealed = bool(branch.graph.inputs)
        return graph, _Included(graph, branch.inputs) if sealed else None

    def execute(self, ready: Sequence[tuple[Frame, Span]]) -> None:
        chosen: dict[str, list[tuple[Frame, Span]]] = {}
        for frame, span in ready:
            label = self._label(frame)
            if label is NOTHING:
                self.skip(frame, span, "its label is nothing")
                continue
            span.inputs = {"label": label}
            branch = self._choose(frame, span, str(label))
            if branch is not None:
                chosen.setdefault(branch, []).append((frame, span))
        for name, group in chosen.items():
            graph, included = self._branches[name]
            inner = [
                frame.inner(graph.values(), "", span) if included is None else included.frame(frame, "", span)
                for frame, span in group
            ]
            graph.run(inner)
            for (frame, span), child in zip(group, inner, strict=True):
                self.finish(frame, span, graph.output(child), name)

    def _choose(self, frame: Frame, span: Span, label: str) -> str | None:
        if label in self._branches:
            span.decision = Decision("route", f"the label is {label!r}", label=label)
            return label
        dropped = self._dropped.get(label)
        why = f"the branch {label!r} was dropped ({dropped})" if dropped else f"there is no branch for {label!r}"
        if self._default is not None and self._default in self._branches:
            if dropped:
                self.warn(frame, span, f"{why}; {self._default!r} ran instead")
            span.decision = Decision("route", f"{why}, so the default ran", label=self._default)
            return self._default
        known = ", ".join(repr(name) for name in self._branches)
        error = RagkitError(f"{why}; there are {known}", hint="add the branch, or name one as 'default'")
        self.fail(frame, span, error)
        return None


class MapStep(FlowStep):
    """``flow.map``."""

    def __init__(self, step: Step, flow: MapFlow, build: Build) -> None:
        super().__init__(step)
        self._over = reader(flow.over)
        self._max_items = flow.max_items
        self._body = build(flow.body)
        self._passages = flow.body.output_type == PASSAGE
        self.slow = self._body.slow

    def execute(self, ready: Sequence[tuple[Frame, Span]]) -> None:
        work = []
        for frame, span in ready:
            over = self._over(frame)
            if over is NOTHING:
                self.skip(frame, span, "its list is nothing")
                continue
            span.inputs = {"over": over}
            if len(over) > self._max_items:
                self.warn(frame, span, f"the list has {len(over)} items; only the first {self._max_items} were run")
            inner = [
                frame.inner(self._body.values([item]), f"{self.name}[{index}]", span)
                for index, item in enumerate(over[: self._max_items])
            ]
            work.append((frame, span, over, inner))
        self._body.run([child for *_, inner in work for child in inner])
        for frame, span, over, inner in work:
            values = [value for child in inner if (value := self._body.output(child)) is not NOTHING]
            self.finish(frame, span, self._collect(values, over))

    def _collect(self, values: Iterable[Any], over: Any) -> Any:
        if self._passages:
            return Passages(values, over.ranked_by if isinstance(over, Passages) else None)
        return list(values)
