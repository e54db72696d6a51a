"""How one budget is shared by what an optimisation does, before anything is spent."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from ragkit.errors import UsageError
from ragkit.optimize.spending import Limits, Spending

Phase = Literal["values", "prompts", "values again", "random"]
WEIGHTS: Mapping[Phase, int] = MappingProxyType({"values": 2, "prompts": 3, "values again": 1, "random": 2})
JUDGING = 0.2
"""The share of tokens, money and minutes that is kept for judging; of requests it is known how many that takes."""


@dataclass(frozen=True, slots=True)
class Shares:
    """What each phase must leave for those after it. What a phase does not use, the next ones have.

    Args:
        limits: The budget.
        judging: The most LM requests that judging takes.
        phases: The phases that there will be, in their order.
    """

    limits: Limits
    judging: int
    phases: tuple[Phase, ...]

    def __post_init__(self) -> None:
        """Checks that something is left.

        Raises:
            UsageError: Judging alone takes all of it.
        """
        calls = self.limits.calls
        if calls is not None and self.judging >= calls:
            raise UsageError(
                f"--max-calls {calls:,} leaves nothing to search with: judging on the held-out questions takes up "
                f"to {self.judging:,} LM requests",
                hint="raise it, hold out fewer questions (--held-out), or leave the random search out (--no-random)",
            )

    def keep(self, phase: Phase) -> Limits:
        """What a phase leaves for the phases after it, and for judging."""
        later = self.phases[self.phases.index(phase) + 1 :]
        share = sum(WEIGHTS[each] for each in later) / sum(WEIGHTS[each] for each in self.phases)
        calls, tokens = self.limits.calls, self.limits.tokens
        rest = JUDGING + (1 - JUDGING) * share
        return Limits(
            None if calls is None else self.judging + math.ceil((calls - self.judging) * share),
            None if tokens is None else math.ceil(tokens * rest),
            None if self.limits.cost is None else self.limits.cost * rest,
            None if self.limits.minutes is None else self.limits.minutes * rest,
        )

    def calls(self, phase: Phase, spending: Spending) -> int | None:
        """The LM requests that a phase may still send; None where nothing limits them."""
        left, kept = spending.left("calls"), self.keep(phase).calls
        return None if left is None or kept is None else max(0, int(left) - kept)
