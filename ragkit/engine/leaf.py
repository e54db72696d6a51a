"""Leaf steps: one component, run for every frame that is ready for it.

A single run takes the short way through ``run_one``. A batch is gathered: budgets are reserved, frames whose bound
parameters agree share one call, cached results are taken out, the rest goes to ``run_batch`` in portions of at most
``batch_size``; if that raises, items are retried singly, so that one bad question fails alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import pydantic

from ragkit.component import Calls, Component, Need, has_record_output, input_ports
from ragkit.engine.cache import MISS
from ragkit.engine.frame import NOTHING, Frame
from ragkit.engine.handing import Hand
from ragkit.engine.pool import Pool
from ragkit.engine.reuse import Reuse
from ragkit.engine.sizes import sizes
from ragkit.engine.values import condition, describe, reader
from ragkit.errors import RagkitError, StepError
from ragkit.lm.ledger import Ledger
from ragkit.lm.step import LMStep
from ragkit.spec.plan import Step
from ragkit.trace.model import Span
from ragkit.types import Result

SLOW_NEEDS = frozenset({Need.INDEX, Need.ENCODER, Need.LM, Need.CROSS_ENCODER})


@dataclass(slots=True)
class _Job:
    """One frame that is ready: what the component is called with, and what came of it."""

    frame: Frame
    inputs: dict[str, Any]
    bound: dict[str, Any]
    span: Span
    key: str | None = None
    outcome: Any = None
    share: int = 1
    ledger: Ledger | None = None


class LeafStep:
    """A step whose component does the work itself."""

    def __init__(self, step: Step, component: Component, pool: Pool, cache: Reuse | None, batch_size: int) -> None:
        self.step = step
        self.path = step.path
        self.use = step.use
        self.component = component
        self.after = step.after
        self.slow = bool(step.component.needs & SLOW_NEEDS)
        self._kind = step.component.span_kind
        self._when = None if step.when is None else condition(step.when)
        required = {port.name: port.required and port.skips for port in input_ports(step.component)}
        self._inputs = tuple((name, reader(value), required[name]) for name, value in step.inputs.items())
        self._bound = tuple((name, reader(value)) for name, value in step.bound.items())
        self._first = step.first_slot
        self._names = tuple(port.name for port in step.outputs)
        self._record = has_record_output(step.component)
        self._params: Mapping[str, Any] = step.params.model_dump()
        self._calls = step.component.calls(self._params)
        self._free = self._calls == Calls()
        self._pool = pool
        self._cache = cache if cache is not None and cache.holds(step) else None
        self._batch_size = batch_size
        self._batched = step.component.run_batch is not None
        self.hand = Hand(step, component, self._calls) if isinstance(component, LMStep) else None

    def run(self, frames: Sequence[Frame]) -> None:
        """Runs the step for every frame whose question has not failed."""
        if len(frames) == 1 and self._cache is None:
            self.run_one(frames[0])
            return
        jobs = [job for frame in frames if frame.question.error is None for job in self._prepare(frame)]
        if self._cache is not None:
            jobs = self._from_cache(jobs, self._cache)
        for group in _groups(jobs):
            for start in range(0, len(group), self._batch_size):
                self._call(group[start : start + self._batch_size])

    def run_one(self, frame: Frame) -> None:
        """The step for one frame, with as little around it as there can be."""
        question = frame.question
        if question.error is not None:
            return
        inputs = self._ready(frame)
        if inputs is None:
            return
        span = question.open(frame, self.path, self.use, self._kind)
        span.inputs = inputs
        span.params = self._params
        ledger = None
        try:
            component = self.component
            if self._bound:
                component = self._bind(self._bound_values(frame), span)
            if self.hand is not None:
                component, ledger = self.hand.over(cast(LMStep, component), frame)
            outcome = component.run(**inputs)
        except Exception as error:
            outcome = error
        self._finish(frame, span, outcome, ledger)

    def _prepare(self, frame: Frame) -> Iterator[_Job]:
        """The job of a frame that is ready, or none."""
        inputs = self._ready(frame)
        if inputs is None:
            return
        span = frame.question.open(frame, self.path, self.use, self._kind)
        span.inputs = inputs
        span.params = self._params
        yield _Job(frame, inputs, self._bound_values(frame), span)

    def _ready(self, frame: Frame) -> dict[str, Any] | None:
        """What the component is called with; None when the step is skipped, of which the trace then says why."""
        if self._when is not None and not self._when(frame):
            self._skip(frame, f"its condition does not hold: {describe(self.step.when)}")  # type: ignore[arg-type]
            return None
        inputs: dict[str, Any] = {}
        for name, read, required in self._inputs:
            value = read(frame)
            if value is not NOTHING:
                inputs[name] = value
            elif required:
                self._skip(frame, f"its input {name!r} is nothing")
                return None
        return inputs if self._free or self._pay(frame) else None

    def _bound_values(self, frame: Frame) -> dict[str, Any]:
        """The values of bound parameters; one that is nothing leaves the parameter at its default."""
        found = {name: read(frame) for name, read in self._bound}
        return {name: value for name, value in found.items() if value is not NOTHING}

    def _bind(self, values: Mapping[str, Any], span: Span) -> Component:
        if not values:
            return self.component
        span.params = {**self._params, **values}
        try:
            return self.component.bound(values)
        except pydantic.ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"])
            source = self.step.bound[name].text if name in self.step.bound else "a port"
            raise RagkitError(
                f"the parameter {name!r}, read from {source}, was {first['input']!r}: {first['msg'].lower()}"
            ) from error

    def _pay(self, frame: Frame) -> bool:
        """Reserves what the step can spend; a step that cannot be paid is skipped and the result says so."""
        limit = frame.question.purse.reserve(self._calls)
        if limit is None:
            return True
        frame.question.stop(f"budget: {limit}")
        self._skip(frame, f"the budget for {limit} is spent")
        return False

    def _skip(self, frame: Frame, reason: str) -> None:
        span = frame.question.open(frame, self.path, self.use, self._kind)
        span.status = "skipped"
        span.reason = reason
        frame.question.close(span)

    def _from_cache(self, jobs: list[_Job], cache: Reuse) -> list[_Job]:
        left = []
        for job in jobs:
            job.key = cache.key(self.step, {**self._params, **job.bound}, job.inputs, self._content_version())
            hit = cache.get(job.key)
            if hit is MISS:
                left.append(job)
                continue
            job.span.status = "cached"
            job.span.params = {**self._params, **job.bound}
            self._finish(job.frame, job.span, hit)
        return left

    def _content_version(self) -> str:
        """What the result depends on beside parameters and inputs: the version of the index that is read."""
        needs = self.step.component.needs_for(self.step.params)
        if self.component.scope is not None and needs & {Need.INDEX, Need.ENCODER}:
            return f"{self.step.corpus}@{self.component.scope.corpus().version}"
        return ""

    def _call(self, jobs: Sequence[_Job]) -> None:
        try:
            component = self._bind(jobs[0].bound, jobs[0].span)
        except RagkitError as error:
            outcomes: list[Any] = [error] * len(jobs)
        else:
            outcomes = self._outcomes(component, jobs)
        for job, outcome in zip(jobs, outcomes, strict=True):
            job.span.params = jobs[0].span.params
            job.span.batch = len(jobs) if self._batched else 1
            if job.key is not None and self._cache is not None and not isinstance(outcome, Exception):
                self._cache.put(job.key, self.step, outcome)
            self._finish(job.frame, job.span, outcome, job.ledger)

    def _outcomes(self, component: Component, jobs: Sequence[_Job]) -> list[Any]:
        if self.hand is not None:
            return self._pool.each(lambda job: self._ask(component, job), jobs)
        items = [job.inputs for job in jobs]
        if self._batched and len(items) > 1:
            try:
                outcomes = list(component.run_batch(items))
            except Exception:
                # One bad item must not fail the others: each is tried by itself and keeps its own error.
                return [_attempt(component, item) for item in items]
            if len(outcomes) == len(items):
                return outcomes
            error = RagkitError(
                f"run_batch gave {len(outcomes)} results for {len(items)} items: a defect in {self.use}"
            )
            return [error] * len(items)
        if self.slow and len(items) > 1:
            return self._pool.each(lambda item: _attempt(component, item), items)
        return [_attempt(component, item) for item in items]

    def _ask(self, component: Component, job: _Job) -> Any:
        """An LM step for one frame of a batch."""
        assert self.hand is not None
        try:
            handed, job.ledger = self.hand.over(cast(LMStep, component), job.frame)
            return handed.run(**job.inputs)
        except Exception as error:
            return error

    def _finish(self, frame: Frame, span: Span, outcome: Any, ledger: Ledger | None = None) -> None:
        question = frame.question
        usage = None
        settled = self._free
        if ledger is not None and self.hand is not None:
            outcome = self.hand.settle(ledger, frame, span, outcome)
            settled = True
            if isinstance(outcome, Exception) and ledger.refused is not None:
                span.status = "skipped"
                span.reason = str(outcome)
                question.close(span)
                return
        if isinstance(outcome, Exception):
            error = StepError(self.path, self.use, outcome, inputs=sizes(span.inputs), trace_id=question.trace.id)
            span.status = "failed"
            span.error = {**error.as_dict(), "cause": type(outcome).__name__}
            question.close(span)
            question.fail(error)
            if not settled:
                question.purse.settle(self._calls, None)
            return
        if type(outcome) is Result:
            span.decision = outcome.decision
            span.warnings = outcome.warnings
            span.usage = usage = outcome.usage
            for warning in outcome.warnings:
                question.warn(f"{self.path}: {warning}")
            outcome = outcome.value
        values, first, names = frame.values, self._first, self._names
        if self._record:
            for offset, value in enumerate(outcome):
                values[first + offset] = NOTHING if value is None else value
            span.outputs = dict(zip(names, outcome, strict=True))
        else:
            values[first] = NOTHING if outcome is None else outcome
            span.outputs = {names[0]: outcome}
        if not settled or (usage is not None and ledger is None):
            question.purse.settle(self._calls, usage)
        question.close(span)


def _attempt(component: Component, item: Mapping[str, Any]) -> Any:
    try:
        return component.run(**item)
    except Exception as error:
        return error


def _groups(jobs: Sequence[_Job]) -> Iterator[list[_Job]]:
    """Jobs whose bound parameters have equal values, in the order in which they came."""
    groups: dict[str, list[_Job]] = {}
    for job in jobs:
        groups.setdefault(repr(sorted(job.bound.items())) if job.bound else "", []).append(job)
    yield from groups.values()
