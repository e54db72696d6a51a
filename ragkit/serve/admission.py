"""Who may come in: so many questions run at once, so many wait for their turn, and all others are told to come back."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


class Full(Exception):
    """As many run and wait as may; nothing was begun."""


class Admission:
    """A bounded queue before a fixed number of threads.

    A run that has begun goes on to its end, also when nobody waits for its answer any more: it holds its place till
    then, so that callers who hang up and ask again cannot pile up runs.

    Args:
        workers: How many run at once.
        waiting: How many more may wait.
    """

    def __init__(self, workers: int, waiting: int) -> None:
        self.workers = workers
        self.waiting = waiting
        self._pool = ThreadPoolExecutor(workers, "ragkit-serve")
        self._inside = 0

    @property
    def running(self) -> int:
        """How many run."""
        return min(self._inside, self.workers)

    @property
    def queued(self) -> int:
        """How many wait."""
        return max(0, self._inside - self.workers)

    def start(self, work: Callable[[], T]) -> asyncio.Future[T]:
        """Runs ``work`` on a thread, now or when its turn comes; called on the event loop's own thread.

        Raises:
            Full: There is no place.
        """
        if self._inside >= self.workers + self.waiting:
            raise Full
        self._inside += 1
        context = contextvars.copy_context()
        found: asyncio.Future[T] = asyncio.wrap_future(self._pool.submit(context.run, work))
        found.add_done_callback(self._left)
        return found

    def close(self) -> None:
        """Lets what runs come to its end; what waits is given up."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _left(self, future: asyncio.Future[Any]) -> None:
        self._inside -= 1
        if not future.cancelled():
            future.exception()  # looked at, also where its caller has gone
