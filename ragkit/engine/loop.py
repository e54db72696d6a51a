"""``flow.loop``: rounds, for many questions at once; a question whose loop has ended waits for no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ragkit.engine.flows import Build, FlowStep
from ragkit.engine.frame import NOTHING, Frame
from ragkit.engine.values import condition, describe, reader
from ragkit.spec.plan import LoopFlow, Step
from ragkit.trace.model import Span
from ragkit.types import Decision


@dataclass(slots=True)
class _State:
    """One question's loop: what it carries, and how far it is."""

    frame: Frame
    span: Span
    carried: list[Any]
    output: Any = NOTHING
    rounds: int = 0
    failures: int = 0
    stopped: str | None = None
    reason: str = ""


class LoopStep(FlowStep):
    """``flow.loop``. A round tests ``while``, runs the body, applies ``next``, tests ``until``."""

    def __init__(self, step: Step, flow: LoopFlow, build: Build) -> None:
        super().__init__(step)
        self._flow = flow
        self._carry = tuple((name, reader(value)) for name, value in flow.carry.items())
        self._body = build(flow.body)
        names = [name for name, _ in self._carry]
        self._next = tuple((names.index(name), reader(source)) for name, source in flow.next.items())
        self._while = None if flow.while_ is None else condition(flow.while_)
        self._until = None if flow.until is None else condition(flow.until)
        self._failure = None if flow.failure is None else reader(flow.failure)
        self.slow = self._body.slow

    def execute(self, ready: Sequence[tuple[Frame, Span]]) -> None:
        states = []
        for frame, span in ready:
            carried = [read(frame) for _, read in self._carry]
            span.inputs = {
                name: value for (name, _), value in zip(self._carry, carried, strict=True) if value is not NOTHING
            }
            states.append(_State(frame, span, carried))
        active = states
        while active:
            active = self._round(active)
        for state in states:
            if state.stopped is not None:
                state.span.decision = Decision(
                    "stop",
                    f"{state.reason} after {state.rounds} {'round' if state.rounds == 1 else 'rounds'}",
                    details={"rounds": state.rounds, "stopped": state.stopped},
                )
            self.finish(state.frame, state.span, state.output, *state.carried, state.rounds, state.stopped)

    def _round(self, active: Sequence[_State]) -> list[_State]:
        """One round of every loop that goes on; returns those that may have another."""
        started = []
        for state in active:
            child = self._start(state)
            if child is not None:
                started.append((state, child))
        self._body.run([child for _, child in started])
        return [state for state, child in started if self._end(state, child)]

    def _start(self, state: _State) -> Frame | None:
        question = state.frame.question
        if question.error is not None:
            return None
        limit = question.purse.exhausted()
        if limit is not None:
            question.stop(f"budget: {limit}")
            _stop(state, "budget", f"the budget for {limit} is spent")
            return None
        child = state.frame.inner(self._body.values(state.carried), f"{self.name}#{state.rounds + 1}", state.span)
        if self._while is not None and not self._while(child):
            _stop(state, "while", f"'while' no longer holds: {describe(self._flow.while_)}")  # type: ignore[arg-type]
            return None
        return child

    def _end(self, state: _State, child: Frame) -> bool:
        if state.frame.question.error is not None:
            return False
        state.rounds += 1
        failed = self._failure is not None and self._failure(child) is True
        following = [(slot, read(child)) for slot, read in self._next]
        for slot, value in following:
            if value is not NOTHING:
                state.carried[slot] = value
                child.values[slot] = value
        state.output = self._body.output(child)
        if failed:
            state.failures += 1
            if self._flow.max_failures is not None and state.failures >= self._flow.max_failures:
                often = "once" if state.failures == 1 else f"{state.failures} times"
                _stop(state, "max_failures", f"the failure {self._flow.failure.text} was true {often}")  # type: ignore[union-attr]
                return False
        if self._until is not None and self._until(child):
            _stop(state, "until", f"'until' holds: {describe(self._flow.until)}")  # type: ignore[arg-type]
            return False
        if state.rounds >= self._flow.max_rounds:
            _stop(state, "max_rounds", "max_rounds was reached")
            return False
        return True


def _stop(state: _State, stopped: str, reason: str) -> None:
    state.stopped = stopped
    state.reason = reason
