"""Trying again: which failures may pass, how long to wait, and what is told of it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any, TypeVar

import dspy

T = TypeVar("T")
FIRST_WAIT = 0.5
LONGEST_WAIT = 30.0


class Retry:
    """Exponential back-off with jitter; a server's ``Retry-After`` is kept to, up to ``LONGEST_WAIT`` seconds.

    Args:
        most: How often a request is sent again.
        sleep: Waits; tests pass their own.
    """

    def __init__(self, most: int, sleep: Callable[[float], None] = time.sleep) -> None:
        self._most = most
        self._sleep = sleep

    def run(self, send: Callable[[], T], failures: list[dict[str, Any]]) -> T:
        """Sends until it succeeds, or the last failure is raised.

        Args:
            send: One attempt.
            failures: Is given what went wrong, one entry for each failed attempt.
        """
        attempt = 0
        while True:
            started = time.perf_counter()
            try:
                return send()
            except dspy.LMError as error:
                seconds = time.perf_counter() - started
                failures.append({"error": type(error).__name__, "message": str(error), "seconds": seconds})
                if attempt >= self._most or not dspy.is_retryable_lm_error(error):
                    raise
                wait = self._wait(attempt, getattr(error, "retry_after", None))
                failures[-1]["waited"] = wait
                self._sleep(wait)
                attempt += 1

    @staticmethod
    def _wait(attempt: int, asked: float | None) -> float:
        if asked is not None:
            return float(min(max(asked, 0.0), LONGEST_WAIT))
        return float(min(FIRST_WAIT * 2**attempt, LONGEST_WAIT) * random.uniform(0.5, 1.0))
