"""Trying again: which failures may pass, how long to wait, and what is kept of them."""

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

    def run(
        self,
        send: Callable[[], T],
        failures: list[dict[str, Any]],
        *,
        seconds_left: Callable[[], float | None] = lambda: None,
        final: Callable[[], bool] = lambda: False,
    ) -> T:
        """Sends until it succeeds, or the last failure is raised.

        Args:
            send: One attempt.
            failures: Is given what went wrong, one entry for each failed attempt.
            seconds_left: How long the question may still take: a wait beyond it is not begun.
            final: True where a failure must not be followed by another attempt: part of the reply has been shown.
        """
        attempt = 0
        while True:
            started = time.perf_counter()
            try:
                return send()
            except dspy.LMError as error:
                seconds = time.perf_counter() - started
                failure: dict[str, Any] = {
                    "error": type(error).__name__,
                    "message": first_line(error),
                    "seconds": seconds,
                }
                failures.append(failure)
                if attempt >= self._most or final() or not _may_pass(error):
                    raise
                wait = self._wait(attempt, getattr(error, "retry_after", None))
                left = seconds_left()
                if left is not None and wait >= left:
                    failure["message"] += f" (no time is left for another attempt, {wait:.1f} s later)"
                    raise
                failure["waited"] = wait
                self._sleep(wait)
                attempt += 1

    @staticmethod
    def _wait(attempt: int, asked: float | None) -> float:
        if asked is not None:
            return float(min(max(asked, 0.0), LONGEST_WAIT))
        return float(min(FIRST_WAIT * 2**attempt, LONGEST_WAIT) * random.uniform(0.5, 1.0))


def _may_pass(error: dspy.LMError) -> bool:
    """Whether another attempt may go well; a stream that broke off is one of a server that does not."""
    return bool(dspy.is_retryable_lm_error(error)) or isinstance(error, dspy.LMStreamAssemblyError)


def first_line(error: BaseException) -> str:
    """What an error says, without the advice that DSPy adds below."""
    said = str(getattr(error, "message", "") or error).strip()
    return said.split("\n", 1)[0].strip() or type(error).__name__
