"""How much each of the passages counts that a query is made of."""

from __future__ import annotations

from ragkit.types import Passages


def shares_of(passages: Passages) -> list[float]:
    """The score of each passage as a share of the best, none below 0; where no score is above 0, 1 for each.

    A cross-encoder's scores can all be negative; a list that no score ordered has none.
    """
    name = passages.ranked_by
    scores = [0.0 if name is None else max(0.0, passage.scores.get(name, 0.0)) for passage in passages]
    best = max(scores, default=0.0)
    return [score / best if best > 0 else 1.0 for score in scores]
