"""How one budget is shared by what an optimisation does, before anything is spent."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from ragkit.errors import UsageError
from ragkit.optimize.limits import Limits, Spent, SpentError
from ragkit.optimize.spending import Spending

Phase = Literal["values", "prompts", "values again", "random"]
WEIGHTS: Mapping[Phase, int] = MappingProxyType({"values": 2, "prompts": 3, "values again": 1, "random": 2})
JUDGING = 0.2
"""The share of minutes that is kept for judging, and of tokens and money until it is known what a request takes."""
MARGIN = 1.2
"""Judging may take so much more tokens and money for a request than those before it."""


class Shares:
    """What each phase must leave for those after it. What a phase does not use, the next ones have.

    Args:
        limits: The budget.
        judging: The most LM requests that judging takes.
        phases: The phases that there will be, in their order.

    Raises:
        UsageError: Judging alone takes all of it.
    """

    def __init__(self, limits: Limits, judging: int, phases: tuple[Phase, ...]) -> None:
        self.limits = limits
        self.judging = judging
        self.phases = phases
        self._tokens = None if limits.tokens is None else limits.tokens * JUDGING
        self._cost = None if limits.cost is None else limits.cost * JUDGING
        calls = limits.calls
        if calls is not None and judging >= calls:
            raise UsageError(
                f"--max-calls {calls:,} leaves nothing to search with: judging on the held-out questions takes up "
                f"to {judging:,} LM requests",
                hint="raise it, hold out fewer questions (--held-out), or leave the random search out (--no-random)",
            )

    def keep(self, phase: Phase) -> Limits:
        """What a phase leaves for the phases after it, and for judging."""
        later = self.phases[self.phases.index(phase) + 1 :]
        share = sum(WEIGHTS[each] for each in later) / sum(WEIGHTS[each] for each in self.phases)

        def kept(limit: float | None, judging: float | None) -> float | None:
            return None if limit is None or judging is None else judging + (limit - judging) * share

        limits = self.limits
        calls, tokens = kept(limits.calls, self.judging), kept(limits.tokens, self._tokens)
        return Limits(
            None if calls is None else math.ceil(calls),
            None if tokens is None else math.ceil(tokens),
            kept(limits.cost, self._cost),
            kept(limits.minutes, None if limits.minutes is None else limits.minutes * JUDGING),
        )

    def measure(self, spent: Spent) -> None:
        """Takes from the requests so far what those of judging will take.

        Raises:
            SpentError: The budget does not pay for it.
        """
        if not spent.calls:
            return
        judged = self.judging * MARGIN / spent.calls
        for kind, limit, of, digits in (
            ("tokens", self.limits.tokens, spent.tokens, "0f"), ("cost", self.limits.cost, spent.cost, "2g"),
        ):  # fmt: skip
            if limit is not None and of * judged >= limit:
                raise SpentError(
                    f"--max-{kind} {limit:,g} leaves nothing to search with: judging on the held-out questions takes "
                    f"up to {self.judging:,} LM requests, {of * judged:,.{digits}} by an estimate from the first ones"
                )
        self._tokens = spent.tokens * judged if self._tokens is not None else None
        self._cost = spent.cost * judged if self._cost is not None else None

    def calls(self, phase: Phase, spending: Spending) -> int | None:
        """The LM requests that a phase may still send; None where nothing limits them."""
        left, kept = spending.left("calls"), self.keep(phase).calls
        return None if left is None or kept is None else max(0, int(left) - kept)
