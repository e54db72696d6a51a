"""What one execution of an LM step asked for: every request, what it cost, and whether it could be paid.

The engine makes a ledger for each execution; whatever asks an LM inside it, however deep in DSPy, finds it through the
context and writes into it.
"""

from __future__ import annotations

import contextlib
import contextvars
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ragkit.types import Usage


class BudgetSpentError(Exception):
    """A request that the question's budget no longer pays; its text is the name of the limit."""


@dataclass(slots=True)
class Ledger:
    """The requests of one execution. Safe to use from several threads.

    Args:
        prepaid: How many requests the engine has reserved already.
        reserve: Takes one more request from the budget, or gives the name of the limit that forbids it.
    """

    prepaid: int = 0
    reserve: Callable[[], str | None] = lambda: None
    usage: Usage = field(default_factory=Usage)
    requests: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    reserved: int = 0
    sent: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.reserved = self.prepaid

    def pay(self) -> None:
        """Reserves one request before it leaves.

        Raises:
            BudgetSpentError: The question's budget does not pay for it.
        """
        with self._lock:
            self.sent += 1
            if self.sent > self.reserved:
                limit = self.reserve()
                if limit is not None:
                    self.sent -= 1
                    raise BudgetSpentError(limit)
                self.reserved += 1

    def spend(self, usage: Usage) -> None:
        """Adds what a request cost."""
        with self._lock:
            self.usage += usage

    def record(self, request: dict[str, Any]) -> None:
        """Keeps a request for the trace."""
        with self._lock:
            self.requests.append(request)

    def warn(self, text: str) -> None:
        """Adds a warning, once."""
        with self._lock:
            if text not in self.warnings:
                self.warnings.append(text)


_CURRENT: contextvars.ContextVar[Ledger | None] = contextvars.ContextVar("ragkit_lm_ledger", default=None)


def current() -> Ledger | None:
    """The ledger of the execution around the caller; None outside of steps."""
    return _CURRENT.get()


@contextlib.contextmanager
def recording(ledger: Ledger) -> Iterator[Ledger]:
    """Whatever asks an LM inside the block writes into this ledger."""
    token = _CURRENT.set(ledger)
    try:
        yield ledger
    finally:
        _CURRENT.reset(token)
