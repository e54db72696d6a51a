"""``order.by_score``: best first."""

from __future__ import annotations

from pydantic import Field

from ragkit.component import Component, Parameters
from ragkit.components.select._selection import read_ranking
from ragkit.types import Decision, Passages, Result


class ByScore(Component):
    """Orders passages by a score, the best first.

    Use it after ``fuse.union``, or to go by another score than the one that ordered the list. Every score counts up:
    higher is better. Equal scores keep their order.

    Cost: O(n log n), no model. Shape: n passages in, the same n out; ``ranked_by`` is the score.

    Source: none needed.

    Errors: ``score`` is not given and no score ordered the list; a passage lacks the score.

    YAML::

        steps:
          dense: {use: retrieve.dense, k: 10}
          more: {use: retrieve.dense, k: 20}
          both: {use: fuse.union, passages: [dense, more]}
          best: {use: order.by_score, passages: both, score: cosine}
        output: best

    Python::

        from ragkit.components.order.by_score import ByScore
        from ragkit.types import Passage, Passages

        found = Passages([Passage("a", "a", "", "", {"cosine": 0.2}), Passage("b", "b", "", "", {"cosine": 0.7})])
        best = ByScore(ByScore.Params(score="cosine")).run(found).value
        assert [p.id for p in best] == ["b", "a"]
        assert best.ranked_by == "cosine"
    """

    class Params(Parameters):
        """Parameters of ``order.by_score``."""

        score: str | None = Field(None, description="the score to order by; without it, the one that ordered the list")

    passthrough = "passages"

    params: Params

    def run(self, passages: Passages) -> Result[Passages]:
        """Orders the list."""
        if not passages:
            return Result(Passages((), self.params.score or passages.ranked_by))
        ranking = read_ranking(passages, self.params.score)
        ordered = Passages(ranking.items, ranking.name)
        moved = sum(before.id != after.id for before, after in zip(passages, ordered, strict=True))
        decision = Decision(
            "order", f"ordered {len(ordered)} passages by {ranking.name!r}; {moved} of them moved", of=len(ordered)
        )
        return Result(ordered, decision, ranking.warnings)
