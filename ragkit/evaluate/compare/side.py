"""One side of a comparison: what a pipeline gave for each question, and the conditions that it was measured under."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ragkit.evaluate.compare.measures import QUANTILES
from ragkit.evaluate.compare.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Side:
    """What one pipeline, saved result or rows file gave.

    Attributes:
        label: Its name in the comparison.
        source: Where it is from, as it was given.
        outcomes: By question id, in the order of the data.
        card: The conditions (``ragkit.evaluate.card``); a key that is not known is missing.
    """

    label: str
    source: str
    outcomes: Mapping[str, Outcome]
    card: Mapping[str, Any]

    @property
    def timed(self) -> bool:
        """Whether its questions ran singly: in a batch a question has only a share of the batch's time."""
        return self.card.get("mode") == "single"

    def value(self, id: str, measure: str) -> float | None:
        """A question's number; None where it does not apply or is not known."""
        outcome = self.outcomes[id]
        if measure == "failed":
            return float(outcome.error is not None)
        if measure == "seconds" or measure in QUANTILES:
            return outcome.usage.get("seconds") if self.timed and not outcome.cached and outcome.error is None else None
        if measure == "lm_tokens":
            parts = outcome.usage.get("prompt_tokens"), outcome.usage.get("completion_tokens")
            return None if parts[0] is None or parts[1] is None else parts[0] + parts[1]
        return outcome.metrics.get(measure)
