"""``fuse.union``: several lists as one, in their order."""

from __future__ import annotations

from typing import Any

from ragkit.component import Component, Parameters
from ragkit.components.fuse._merge import account, describe, pool
from ragkit.types import Decision, Parts, Passages, Result


class Union(Component):
    """Puts lists one behind the other and keeps each passage once, where it first occurs.

    Use it to gather evidence over the rounds of a loop, or wherever passages must not be ordered anew. The result is
    ordered by no score: ``order.by_score`` orders it, a selector that compares scores asks for one by name. A passage
    found again brings its scores along (of two values under one name the higher stays).

    Cost: O(total length), no model. Shape: m lists in, one list of distinct passages out.

    Source: set union.

    Errors: none; two different texts under one id are warned about, and the first is kept.

    YAML::

        steps:
          dense: {use: retrieve.dense, k: 10}
          sparse: {use: retrieve.bm25, k: 10}
          both: {use: fuse.union, passages: [dense, sparse]}
        output: both

    Python::

        from ragkit.components.fuse.union import Union
        from ragkit.types import Parts, Passage, Passages

        one = Passages([Passage("a", "a", "", "", {"cosine": 0.8})], "cosine")
        two = Passages([Passage("b", "b", "", "", {"bm25": 9.0}), Passage("a", "a", "", "", {"bm25": 4.0})], "bm25")
        both = Union(Union.Params()).run(Parts([one, two])).value
        assert [p.id for p in both] == ["a", "b"]
        assert both[0].scores == {"cosine": 0.8, "bm25": 4.0}
        assert both.ranked_by is None
    """

    class Params(Parameters):
        """``fuse.union`` has no parameters."""

    def __init__(self, params: Params, scope: Any = None) -> None:
        super().__init__(params, scope)

    def run(self, passages: Parts[Passages]) -> Result[Passages]:
        """Joins the lists."""
        merged = pool(list(passages))
        decision = Decision(
            "fuse", account(passages, merged), kept=len(merged.items), of=sum(map(len, passages)),
            details={"lists": describe(passages), "shared": merged.shared},
        )  # fmt: skip
        return Result(Passages(merged.items.values()), decision, tuple(merged.warnings))
