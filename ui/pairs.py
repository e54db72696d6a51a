"""Two pipelines that answer one question at the same time, to be compared."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ui.runs import Run

if TYPE_CHECKING:
    from ragkit.engine.result import RunResult

_KEPT = 50


class Pair:
    """The runs of one question on their way; ``traces`` are the ids of those that have ended."""

    def __init__(self, question: str, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.runs = tuple(Run(question) for _ in names)
        self.traces: list[str | None] = [None] * len(self.names)

    def work(self, side: int, answer: Callable[[Run], RunResult]) -> None:
        """Runs one side to its end, on the thread that calls it."""
        run = self.runs[side]
        try:
            self.traces[side] = answer(run).trace_id
        except Exception as error:
            run.end(error)
        else:
            run.end()


class Pairs:
    """The pairs that were begun last, by their ids: a page that is loaded again finds its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pairs: OrderedDict[str, Pair] = OrderedDict()

    def start(self, id: str, question: str, answers: Sequence[tuple[str, Callable[[Run], RunResult]]]) -> Pair:
        """Begins to answer a question in several ways, each on a thread of its own.

        Args:
            id: The pair's id.
            question: The question.
            answers: The names of the pipelines, and what answers with each.
        """
        pair = Pair(question, [name for name, _ in answers])
        with self._lock:
            self._pairs[id] = pair
            while len(self._pairs) > _KEPT and all(run.done for run in next(iter(self._pairs.values())).runs):
                self._pairs.popitem(last=False)
        for side, (_, answer) in enumerate(answers):
            threading.Thread(target=pair.work, args=(side, answer), name="ragkit-ui-pair", daemon=True).start()
        return pair

    def get(self, id: str | None) -> Pair | None:
        """A pair that was begun; None for an id that nobody knows (any more)."""
        with self._lock:
            return None if id is None else self._pairs.get(id)
