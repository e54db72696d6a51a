"""Threads for leaf calls: a bounded pool, every task in a copy of its caller's context.

Only leaf calls run here, never flow steps, so that no task of the pool can wait for another one.
"""

from __future__ import annotations

import contextvars
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")


class Pool:
    """Leaf calls side by side. The threads are started when the first call needs them.

    Args:
        least: How many calls at a time there are at least, whatever the machine's processors: calls that wait for a
            server need none.
    """

    def __init__(self, least: int = 0) -> None:
        self._workers = max(least, min(32, 4 * (os.cpu_count() or 1)))
        self._executor: ThreadPoolExecutor | None = None

    def submit(self, call: Callable[[], B]) -> Future[B]:
        """Starts a call in a copy of the caller's context."""
        if self._executor is None:
            self._executor = ThreadPoolExecutor(self._workers, thread_name_prefix="ragkit-leaf")
        return self._executor.submit(contextvars.copy_context().run, call)

    def each(self, call: Callable[[A], B], items: Sequence[A]) -> list[B]:
        """``call`` for every item, side by side, results in order."""
        futures = [self.submit(lambda item=item: call(item)) for item in items]  # type: ignore[misc]
        return [future.result() for future in futures]

    def close(self, wait: bool = True) -> None:
        """Starts no other calls, and waits for those that run."""
        if self._executor is not None:
            self._executor.shutdown(wait=wait, cancel_futures=True)
            self._executor = None
