"""``fuse.convex``: a weighted mean of normalised scores."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from ragkit.component import Component, Parameters
from ragkit.components.fuse._merge import check_weights, fused, list_weights, pool
from ragkit.components.fuse._normalise import NORMALISE_HELP, Normalisation, normalise
from ragkit.errors import UsageError
from ragkit.scores import score_meaning
from ragkit.types import Parts, Passages, Result


class Convex(Component):
    """Fuses lists by their scores: each list is brought to 0..1, then a passage's score is the weighted mean.

    Use it where lists are ordered by real scores and later steps read distances between them, as selectors do. Each
    list is read by the score that ordered it. A passage that a list does not hold counts 0 there, the value of the
    list's own worst: where both scores can be had exactly, ``retrieve.hybrid`` is the better tool.

    ``normalise: min_max`` maps each list's lowest to 0 and highest to 1 (a list of equal scores to all 1);
    ``theoretical`` takes the lowest value that the score can have for 0. ``weights`` has one number for each reference
    under ``passages``, holds for every list of a spliced reference, and is divided by the sum over the lists that are
    there, so that the score stays in 0..1 when a reference is nothing. A passage that a list holds twice counts once,
    at its first place. A passage keeps the scores it came with and gets ``convex``.

    Cost: O(total length), no model. Shape: m lists in, one list of distinct passages out. Score: ``convex``, 0 to 1.

    Source: Bruch, Gai, Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval" (arXiv 2210.11934), Section 4.

    Errors: a list that no score ordered; more or fewer ``weights`` than references; ``theoretical`` for a score whose
    lowest value is not known.

    YAML::

        steps:
          dense: {use: retrieve.dense, k: 100}
          sparse: {use: retrieve.bm25, k: 100}
          pool: {use: fuse.convex, passages: [dense, sparse], weights: [0.6, 0.4], normalise: min_max}
        output: pool

    Python::

        from ragkit.components.fuse.convex import Convex
        from ragkit.types import Parts, Passage, Passages

        a, b = Passage("a", "a", "", "", {"cosine": 0.8}), Passage("b", "b", "", "", {"cosine": 0.4})
        dense, sparse = Passages([a, b], "cosine"), Passages([b.with_scores({"bm25": 9.0})], "bm25")
        found = Convex(Convex.Params(weights=[3, 1])).run(Parts([dense, sparse])).value
        assert [(p.id, p.scores["convex"]) for p in found] == [("a", 0.75), ("b", 0.25)]
    """

    class Params(Parameters):
        """Parameters of ``fuse.convex``."""

        weights: list[Annotated[float, Field(ge=0)]] | None = Field(
            None, description="one weight for each reference under 'passages'; without it all are equal"
        )
        normalise: Normalisation = Field("min_max", description=NORMALISE_HELP)

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
        total = sum(weight for weight, ranked in zip(weights, passages, strict=True) if ranked)
        if merged.items and total <= 0:
            raise UsageError(
                f"every list that has passages has weight 0 (weights {weights}), so there is nothing to order them by"
            )
        warnings = list(merged.warnings)
        scores = dict.fromkeys(merged.items, 0.0)
        for number, (weight, ranked) in enumerate(zip(weights, passages, strict=True), start=1):
            if not ranked:
                continue
            name = self._score_name(ranked, number)
            if score_meaning(name).kind == "rank":
                warnings.append(f"list {number} is ordered by {name!r}, which is made of ranks and says no distances")
            levels, said = normalise([p.scores[name] for p in ranked], self.params.normalise, name)
            if said is not None:
                warnings.append(f"list {number}: {said}")
            first: dict[str, float] = {}
            for passage, level in zip(ranked, levels.tolist(), strict=True):
                first.setdefault(passage.id, level)
            for key, level in first.items():
                scores[key] += weight / total * level
        details = {"normalise": self.params.normalise, "weights": weights}
        value, decision = fused(passages, merged, scores, "convex", details)
        return Result(value, decision, tuple(warnings))

    @staticmethod
    def _score_name(ranked: Passages, number: int) -> str:
        name = ranked.ranked_by
        if name is None or any(name not in passage.scores for passage in ranked):
            found = "was not ordered by a score" if name is None else f"has passages without its score {name!r}"
            raise UsageError(
                f"list {number} {found}, so there is none to fuse",
                hint="put 'order.by_score' before it, or fuse ranks with 'fuse.rrf'",
            )
        return name
