"""How one budget of LM requests is shared by what an optimisation does, before the first is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from ragkit.errors import UsageError

Phase = Literal["values", "prompts", "values again", "random"]
WEIGHTS: Mapping[Phase, int] = MappingProxyType({"values": 2, "prompts": 3, "values again": 1, "random": 2})


@dataclass(frozen=True, slots=True)
class Shares:
    """The most LM requests of each phase, and those that are kept for judging; None is no limit.

    Args:
        calls: The budget.
        judging: What judging takes at most.
        phases: The phases that there will be.
    """

    calls: int | None
    judging: int
    phases: tuple[Phase, ...]

    def __post_init__(self) -> None:
        """Checks that something is left.

        Raises:
            UsageError: Judging alone takes all of it.
        """
        if self.calls is not None and self.judging >= self.calls:
            raise UsageError(
                f"--max-calls {self.calls:,} leaves nothing to search with: judging on the held-out questions takes up "
                f"to {self.judging:,} LM requests",
                hint="raise it, hold out fewer questions (--held-out), or leave the random search out (--no-random)",
            )

    def of(self, phase: Phase) -> int | None:
        """The most LM requests of a phase."""
        if self.calls is None:
            return None
        return (self.calls - self.judging) * WEIGHTS[phase] // sum(WEIGHTS[each] for each in self.phases)
