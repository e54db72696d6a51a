"""``fuse.rrf``: reciprocal rank fusion."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from ragkit.component import Component, Parameters
from ragkit.components.fuse._merge import check_weights, fused, list_weights, pool
from ragkit.types import Parts, Passages, Result


class Rrf(Component):
    """Fuses lists by their ranks: a passage's score is the sum of ``weight / (kappa + rank)`` over the lists.

    Use it to bring together lists whose scores cannot be compared: different retrievers, or the same retriever for
    several queries. Where scores are at hand ``fuse.convex`` (or ``retrieve.hybrid``) keeps what they say about
    distances; the score that this one gives is rank arithmetic, and a selector that looks for gaps in it warns.

    ``weights`` has one number for each reference under ``passages``. A reference to a list of lists (what ``flow.map``
    gives) is spliced, and its weight holds for every list in it; a reference that is nothing is left out and the other
    weights stay where they are. Ranks count from 1; a passage that a list holds twice counts at its first place; equal
    scores keep the order of first occurrence. A passage keeps the scores it came with (of two values under one name the
    higher) and gets ``rrf``.

    Cost: O(total length), no model. Shape: m lists in, one list of distinct passages out. Score: ``rrf``, above 0, at
    most the sum of the weights over ``kappa + 1``.

    Source: Cormack, Clarke, Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning
    Methods" (SIGIR 2009), Section 2; ``kappa`` 60 is theirs, the weights are an addition.

    Errors: more or fewer ``weights`` than references.

    YAML::

        steps:
          dense: {use: retrieve.dense, k: 50}
          sparse: {use: retrieve.bm25, k: 50}
          pool: {use: fuse.rrf, passages: [dense, sparse], weights: [2, 1]}
        output: pool

    Python::

        from ragkit.components.fuse.rrf import Rrf
        from ragkit.types import Parts, Passage, Passages

        a, b, c = (Passage(name, name, "", "") for name in "abc")
        found = Rrf(Rrf.Params()).run(Parts([Passages([a, b], "cosine"), Passages([b, c], "bm25")])).value
        assert [p.id for p in found] == ["b", "a", "c"]
        assert found[0].scores["rrf"] == 1 / 62 + 1 / 61
    """

    class Params(Parameters):
        """Parameters of ``fuse.rrf``."""

        kappa: float = Field(60.0, ge=0, description="a larger one evens out the difference between high and low ranks")
        weights: list[Annotated[float, Field(ge=0)]] | None = Field(
            None, description="one weight for each reference under 'passages'; without it all are 1"
        )

    one_each = ("weights", "passages")

    params: Params

    @classmethod
    def check(cls, params: Any) -> str | None:
        """Some weight is above 0."""
        return check_weights(params.weights)

    def run(self, passages: Parts[Passages]) -> Result[Passages]:
        """Fuses the lists."""
        merged = pool(list(passages))
        weights = list_weights(passages, self.params.weights)
        scores = dict.fromkeys(merged.items, 0.0)
        for weight, ranked in zip(weights, passages, strict=True):
            for rank, key in enumerate(dict.fromkeys(p.id for p in ranked), start=1):
                scores[key] += weight / (self.params.kappa + rank)
        value, decision = fused(passages, merged, scores, "rrf", {"kappa": self.params.kappa, "weights": weights})
        unordered = [
            f"list {number} of {len(passages)} was not ordered by a score; its order was taken for its ranking"
            for number, ranked in enumerate(passages, start=1)
            if ranked.ranked_by is None and len(ranked) > 1
        ]
        return Result(value, decision, (*merged.warnings, *unordered))
