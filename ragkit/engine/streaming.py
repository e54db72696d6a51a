"""Answers that are shown while they come: which steps may stream, and a run as an iterator."""

from __future__ import annotations

import contextvars
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from ragkit.lm.step import LMStep
from ragkit.spec.plan import FirstFlow, Graph, PipelineFlow, Plan, RouteFlow, Source

if TYPE_CHECKING:
    from ragkit.engine.result import RunResult


def last_steps(plan: Plan) -> frozenset[str]:
    """The LM steps whose text is the answer, by their paths.

    It is followed from the output through routes and included files. Rounds of a loop and elements of a map are not
    streamed: which of them is the last is not known while they run. Of ``flow.first`` the first reference counts.
    """
    answer = plan.root.output.get("answer")
    return frozenset() if answer is None else frozenset(_writers(answer, (plan.root,)))


def _writers(source: Source, graphs: Sequence[Graph]) -> Iterator[str]:
    """The steps that write what a source reads; ``graphs`` are those around it, the inmost first."""
    around = graphs[source.up :]
    for step in around[0].steps:
        offset = source.slot - step.first_slot
        if not 0 <= offset < len(step.outputs):
            continue
        flow = step.flow
        if isinstance(flow, RouteFlow) and offset == 0:
            for branch in flow.branches.values():
                if branch.dropped is None:
                    outer = () if branch.graph.inputs else around
                    yield from _writers(branch.graph.main_output, (branch.graph, *outer))
        elif isinstance(flow, PipelineFlow):
            yield from _writers(flow.graph.main_output, (flow.graph,))
        elif isinstance(flow, FirstFlow):
            if isinstance(flow.candidates[0], Source):
                yield from _writers(flow.candidates[0], around)
        elif flow is None and issubclass(step.component, LMStep) and step.component.stream is not None:
            yield step.path


class AnswerStream:
    """A run whose answer is read while it comes.

    Iterating gives the pieces of the answer as the LM writes them, citations unchecked; an answer that no LM writes
    comes in one piece. ``result`` waits for the end of the run. A stream that is left early does not stop the run.

    Args:
        run: Runs the question; is given what to call with each piece.
    """

    def __init__(self, run: Callable[[Callable[[str], None]], RunResult]) -> None:
        self._pieces: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._outcome: RunResult | BaseException | None = None
        self._any = False
        context = contextvars.copy_context()
        self._thread = threading.Thread(target=context.run, args=(self._work, run), name="ragkit-stream", daemon=True)
        self._thread.start()

    @property
    def result(self) -> RunResult:
        """The result of the run, once it has ended.

        Raises:
            UsageError: The run could not begin.
        """
        self._thread.join()
        if isinstance(self._outcome, BaseException):
            raise self._outcome
        assert self._outcome is not None
        return self._outcome

    def __iter__(self) -> Iterator[str]:
        while (piece := self._pieces.get()) is not None:
            yield piece
        answer = self.result.answer
        if not self._any and answer is not None and answer.text:
            yield answer.text

    def _work(self, run: Callable[[Callable[[str], None]], RunResult]) -> None:
        try:
            self._outcome = run(self._show)
        except BaseException as error:
            self._outcome = error
        self._pieces.put(None)

    def _show(self, piece: str) -> None:
        self._any = True
        self._pieces.put(piece)
