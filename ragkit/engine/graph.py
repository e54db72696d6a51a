"""A graph made ready to run: its steps, and how they are scheduled.

Steps run in the plan's order. Where two steps that take real time do not depend on each other they run side by side,
each on a lane of its own; cheap steps never leave the caller's thread.
"""

from __future__ import annotations

import contextvars
import queue
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ragkit.engine.frame import NOTHING, Frame
from ragkit.engine.values import Reader, reader
from ragkit.spec.plan import Graph


class Runnable(Protocol):
    """A step made ready to run: a leaf or a flow."""

    path: str
    after: tuple[int, ...]
    slow: bool

    def run(self, frames: Sequence[Frame]) -> None:
        """Runs the step for every frame whose question has not failed."""


class RunGraph:
    """One scope, ready to run for any number of frames at once."""

    def __init__(self, graph: Graph, steps: Sequence[Runnable]) -> None:
        self.graph = graph
        self.steps = tuple(steps)
        self.slow = any(step.slow for step in steps)
        self.outputs: Mapping[str, Reader] = {name: reader(source) for name, source in graph.output.items()}
        self.output: Reader = next(iter(self.outputs.values()))
        self._serial = not _side_by_side(self.steps)

    def values(self, inputs: Sequence[Any] = ()) -> list[Any]:
        """The values of a new frame: the inputs, and nothing yet for the steps."""
        return [*inputs, *[NOTHING] * (self.graph.slots - len(inputs))]

    def run(self, frames: Sequence[Frame]) -> None:
        """Runs every step for every frame."""
        if self._serial:
            for step in self.steps:
                step.run(frames)
        else:
            _Lanes(self.steps, frames).run()


def _side_by_side(steps: Sequence[Runnable]) -> bool:
    """True when two slow steps do not depend on each other, directly or through others."""
    before: list[set[int]] = []
    for step in steps:
        before.append(set(step.after).union(*(before[index] for index in step.after)))
    slow = [index for index, step in enumerate(steps) if step.slow]
    return any(left not in before[right] for at, right in enumerate(slow) for left in slow[:at])


class _Lanes:
    """One pass over the steps of a graph in which slow steps run side by side."""

    def __init__(self, steps: Sequence[Runnable], frames: Sequence[Frame]) -> None:
        self._steps = steps
        self._frames = frames
        self._left = set(range(len(steps)))
        self._done: set[int] = set()
        self._running = 0
        self._ended: queue.SimpleQueue[tuple[int, BaseException | None]] = queue.SimpleQueue()

    def run(self) -> None:
        failure: BaseException | None = None
        while (self._left and failure is None) or self._running:
            ready = [] if failure else [i for i in sorted(self._left) if self._done.issuperset(self._steps[i].after)]
            here = [i for i in ready if not self._steps[i].slow]
            if not here and len(ready) == 1 and not self._running:
                here = ready
            if here:
                for index in here:
                    self._left.discard(index)
                    self._steps[index].run(self._frames)
                    self._done.add(index)
                continue
            for index in ready:
                self._start(index)
            index, error = self._ended.get()
            self._running -= 1
            self._done.add(index)
            failure = failure or error
        if failure is not None:
            raise failure

    def _start(self, index: int) -> None:
        self._left.discard(index)
        self._running += 1
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(self._lane, index), name=f"ragkit-{self._steps[index].path}").start()

    def _lane(self, index: int) -> None:
        error: BaseException | None = None
        try:
            self._steps[index].run(self._frames)
        except BaseException as raised:
            error = raised
        self._ended.put((index, error))
