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
        workers: The most calls at a time; by default by the machine's processors.
        least: What ``workers`` is not below by default: calls that wait for a server need no processor.
    """

    def __init__(self, workers: int | None = None, least: int = 0) -> None:
        self.workers = workers or max(least, min(32, 4 * (os.cpu_count() or 1)))
        self._executor: ThreadPoolExecutor | None = None

    def submit(self, call: Callable[[], B]) -> Future[B]:
        """Starts a call in a copy of the caller's context."""
        if self._executor is None:
            self._executor = ThreadPoolExecutor(self.workers, thread_name_prefix="ragkit-leaf")
        return self._executor.submit(contextvars.copy_context().run, call)

    def each(self, call: Callable[[A], B], items: Sequence[A]) -> list[B]:
        """``call`` for every item, side by side, results in order."""
        futures = [self.submit(lambda item=item: call(item)) for item in items]  # type: ignore[misc]
        return [future.result() for future in futures]

    def close(self) -> None:
        """Lets running calls end and starts no others."""
        if self._executor is not None:
            self._executor.shutdown(cancel_futures=True)
            self._executor = None
