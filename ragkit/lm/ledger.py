"""What one execution of an LM step asked for: every request, what it cost, and whether it could be paid.

The engine makes a ledger for each execution; whatever asks an LM inside it, however deep in DSPy, finds it through the
context and writes into it. A ``Page`` is one question of a step: the requests that it took, and where its text goes.
"""

from __future__ import annotations

import contextlib
import contextvars
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ragkit.types import Usage

if TYPE_CHECKING:
    from ragkit.lm.cache import ResponseCache


class BudgetSpentError(Exception):
    """A request that the question's budget no longer pays; its text is the name of the limit."""


def _free() -> None:
    return None


@dataclass(slots=True)
class Ledger:
    """The requests of one execution. Safe to use from several threads.

    Args:
        prepaid: How many requests the engine has reserved already.
        reserve: Takes one more request from the budget, or gives the name of the limit that forbids it.
        seconds_left: How long the question may still take; None where nothing limits it.
        cache: Where responses are kept; None asks anew each time.
        on_text: Is given the text of the step's streamed field, piece by piece; None where it does not stream.
    """

    prepaid: int = 0
    reserve: Callable[[], str | None] = _free
    seconds_left: Callable[[], float | None] = _free
    cache: ResponseCache | None = None
    on_text: Callable[[str], None] | None = None
    usage: Usage = field(default_factory=Usage)
    requests: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    reserved: int = 0
    sent: int = 0
    refused: str | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.reserved = self.prepaid

    def pay(self) -> None:
        """Counts a request before it leaves, and reserves it where that has not been done.

        Raises:
            BudgetSpentError: The question's budget does not pay for it.
        """
        with self._lock:
            if self.sent >= self.reserved:
                limit = self.reserve()
                if limit is not None:
                    self.refused = limit
                    raise BudgetSpentError(limit)
                self.reserved += 1
            self.sent += 1

    def spend(self, usage: Usage) -> None:
        """Adds what a request cost; the number of requests is counted by ``pay``."""
        with self._lock:
            self.usage += usage

    def warn(self, text: str) -> None:
        """Adds a warning, once."""
        with self._lock:
            if text not in self.warnings:
                self.warnings.append(text)


@dataclass(slots=True)
class Page:
    """One question of a step to its LM: ``requests`` are those that it took, in the order in which they ended."""

    ledger: Ledger
    on_text: Callable[[str], None] | None = None
    requests: list[dict[str, Any]] = field(default_factory=list)
    shown: bool = False
    """Part of the reply has been shown: a failure now is final."""

    def show(self, text: str) -> None:
        """Hands on a piece of the reply."""
        assert self.on_text is not None
        self.shown = True
        self.on_text(text)

    def record(self, request: dict[str, Any]) -> None:
        """Keeps a request, for the reply and for the trace."""
        self.requests.append(request)
        self.ledger.requests.append(request)


_CURRENT: contextvars.ContextVar[Page | None] = contextvars.ContextVar("ragkit_lm_page", default=None)


def current() -> Page:
    """The page of the caller; a loose one outside of steps."""
    return _CURRENT.get() or Page(Ledger())


def inside() -> bool:
    """Whether the caller is a step that asks."""
    return _CURRENT.get() is not None


@contextlib.contextmanager
def page(ledger: Ledger, on_text: Callable[[str], None] | None = None) -> Iterator[Page]:
    """Whatever asks an LM inside the block writes on this page."""
    one = Page(ledger, on_text)
    token = _CURRENT.set(one)
    try:
        yield one
    finally:
        _CURRENT.reset(token)
