"""Budgets: what one question may spend, reserved before a request leaves."""

from __future__ import annotations

import threading
import time

from ragkit.component import Calls
from ragkit.spec.plan import Budget
from ragkit.types import Usage

_NO_CALLS = Calls()


class Purse:
    """The budget of one question. Safe to use from several threads.

    A step reserves the most it can spend, runs, and settles for what it did spend; a step that cannot be paid does not
    run. Numbers that a server does not report count as none spent, which the result shows as unknown.
    """

    __slots__ = ("_deadline", "_free", "_lock", "_tokens", "budget", "spent")

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.spent = Usage()
        self._free = budget == Budget()
        self._lock = threading.Lock()
        self._tokens = 0  # those that servers said, where ``spent`` has None as soon as one said nothing
        self._deadline = None if budget.seconds is None else time.monotonic() + budget.seconds

    def exhausted(self) -> str | None:
        """The name of the limit that is used up, or None: loops stop on it before a round."""
        if self._free:
            return None
        budget, spent = self.budget, self.spent
        if self._deadline is not None and time.monotonic() >= self._deadline:
            return "seconds"
        if budget.lm_calls is not None and spent.lm_calls >= budget.lm_calls:
            return "lm_calls"
        if budget.retrieval_calls is not None and spent.retrieval_calls >= budget.retrieval_calls:
            return "retrieval_calls"
        if budget.tokens is not None and self._tokens >= budget.tokens:
            return "tokens"
        return None

    def seconds_left(self) -> float | None:
        """How long the question may still take; None where nothing limits it."""
        return None if self._deadline is None else self._deadline - time.monotonic()

    def reserve(self, calls: Calls) -> str | None:
        """Takes the calls from the budget, or says which limit forbids them and takes nothing."""
        if calls == _NO_CALLS:
            return None
        with self._lock:
            if not self._free:
                budget, spent = self.budget, self.spent
                if calls.lm and budget.lm_calls is not None and spent.lm_calls + calls.lm > budget.lm_calls:
                    return "lm_calls"
                if (
                    calls.retrievals
                    and budget.retrieval_calls is not None
                    and spent.retrieval_calls + calls.retrievals > budget.retrieval_calls
                ):
                    return "retrieval_calls"
                if calls.lm and budget.tokens is not None and self._tokens >= budget.tokens:
                    return "tokens"
                if calls.lm and self._deadline is not None and time.monotonic() >= self._deadline:
                    return "seconds"
            self.spent += Usage(lm_calls=calls.lm, retrieval_calls=calls.retrievals)
            return None

    def settle(self, reserved: Calls, usage: Usage | None) -> None:
        """Replaces a reservation by what was spent; without a report the reservation stands."""
        if usage is None:
            return
        with self._lock:
            self._tokens += (usage.prompt_tokens or 0) + (usage.completion_tokens or 0)
            self.spent = self.spent + usage + Usage(lm_calls=-reserved.lm, retrieval_calls=-reserved.retrievals)
