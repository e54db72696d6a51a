"""Questions that one side gets right and the other does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ragkit.evaluate.compare.outcome import NOT_JUDGED, RIGHT
from ragkit.evaluate.compare.side import Side


@dataclass(frozen=True, slots=True)
class Flip:
    """A question whose result is right on one of two sides.

    ``before`` and ``after`` are ``right``, ``error`` (the run failed) or the cause of the failure, on the baseline and
    on the other side; ``traces`` are the ids to open.
    """

    id: str
    kind: str | None
    question: str
    before: str
    after: str
    traces: tuple[str | None, str | None]

    @property
    def turned(self) -> Literal["won", "lost"]:
        """Whether the other side gains it or loses it."""
        return "won" if self.after == RIGHT else "lost"

    @property
    def document(self) -> dict[str, Any]:
        """The flip as plain data."""
        return {
            "id": self.id, "kind": self.kind, "question": self.question, "turned": self.turned, "before": self.before,
            "after": self.after, "trace_ids": list(self.traces),
        }  # fmt: skip


def flips(baseline: Side, side: Side, ids: Sequence[str]) -> tuple[Flip, ...]:
    """The questions that are right on exactly one of the two, lost ones first, else in their order."""
    found = []
    for id in ids:
        left, right = baseline.outcomes[id], side.outcomes[id]
        if NOT_JUDGED not in (left.state, right.state) and (left.state == RIGHT) != (right.state == RIGHT):
            found.append(
                Flip(id, left.kind, left.question, left.state, right.state, (left.trace_id, right.trace_id))
            )  # fmt: skip
    return tuple(sorted(found, key=lambda flip: flip.turned))
