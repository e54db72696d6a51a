"""What may be spent, what has been, and the error of a limit that is reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ragkit.errors import RagkitError

Kind = Literal["calls", "tokens", "cost", "minutes"]
NAMES: Mapping[Kind, str] = {
    "calls": "{:,} LM requests", "tokens": "{:,} tokens", "cost": "{:g} US dollars", "minutes": "{:g} minutes",
}  # fmt: skip


class SpentError(RagkitError):
    """A limit of the optimisation is reached: what has been found so far stands."""

    code = "spent"


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that may be spent; None is no limit.

    ``calls`` are requests that leave (a reply from the cache is none), ``tokens`` prompt and completion together,
    ``cost`` US dollars, ``minutes`` those after which nothing is begun any more.
    """

    calls: int | None = None
    tokens: int | None = None
    cost: float | None = None
    minutes: float | None = None

    @property
    def options(self) -> str:
        """The options of those that are set."""
        return ", ".join(f"--max-{kind}" for kind in NAMES if getattr(self, kind) is not None)

    def __str__(self) -> str:
        found = [NAMES[kind].format(limit) for kind in NAMES if (limit := getattr(self, kind)) is not None]
        return ", ".join(found) or "no limit"


@dataclass(frozen=True, slots=True)
class Spent:
    """What has been spent.

    ``tokens`` and ``cost`` hold, for requests of which the server did not say it, the most that they can have come to,
    where that is known; ``unsaid_tokens`` and ``unsaid_cost`` count these requests.
    """

    calls: int = 0
    cached: int = 0
    tokens: int = 0
    cost: float = 0.0
    unsaid_tokens: int = 0
    unsaid_cost: int = 0

    def __add__(self, other: Spent) -> Spent:
        return Spent(*(getattr(self, name) + getattr(other, name) for name in Spent.__slots__))

    def __sub__(self, other: Spent) -> Spent:
        return Spent(*(getattr(self, name) - getattr(other, name) for name in Spent.__slots__))

    def as_dict(self) -> dict[str, Any]:
        """As plain data; tokens and cost are null where a server did not say them."""
        return {
            "lm_calls": self.calls,
            "cached": self.cached,
            "tokens": None if self.unsaid_tokens else self.tokens,
            "cost": None if self.unsaid_cost else round(self.cost, 9),
        }
