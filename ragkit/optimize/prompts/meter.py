"""What a prompt stage sends: each request counted, and the stage ended by the first that nobody pays."""

from __future__ import annotations

import threading
from typing import Any

from ragkit.lm.accounts import Account, AccountSpentError, Most
from ragkit.types import Usage


class Meter:
    """An account (``ragkit.lm.accounts``) that counts, and hands on to the one that pays. Safe to use from threads.

    Args:
        payer: What pays; None: nothing limits.

    Attributes:
        sent: Requests that left, repeats of failed ones included.
        hits: Requests that the cache answered.
        usage: Tokens and cost of those that left; None in it where a server did not say.
        refused: Why a request was not paid for; None while all were.
    """

    def __init__(self, payer: Account | None) -> None:
        self._payer = payer
        self._lock = threading.Lock()
        self.sent = 0
        self.hits = 0
        self.usage = Usage()
        self.refused: str | None = None

    def reserve(self, most: Most) -> Any:
        """Asks the payer.

        Raises:
            AccountSpentError: It does not pay.
        """
        try:
            ticket = None if self._payer is None else self._payer.reserve(most)
        except AccountSpentError as error:
            self.refused = self.refused or str(error)
            raise
        with self._lock:
            self.sent += 1
        return ticket

    def settle(self, ticket: Any, usage: Usage | None) -> None:
        """Adds what a request came to."""
        if self._payer is not None:
            self._payer.settle(ticket, usage)
        with self._lock:
            self.usage += usage or Usage(0, None, None, 0, None, None)

    def cached(self, usage: Usage) -> None:
        """Counts a reply from the cache."""
        if self._payer is not None:
            self._payer.cached(usage)
        with self._lock:
            self.hits += 1

    def as_dict(self) -> dict[str, Any]:
        """As plain data: what a server did not say is null."""
        return {
            "lm_calls": self.sent,
            "cached": self.hits,
            "prompt_tokens": self.usage.prompt_tokens,
            "completion_tokens": self.usage.completion_tokens,
            "cost": self.usage.cost,
        }
