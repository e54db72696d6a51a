"""``order.best_last``: the best next to the question."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ragkit.component import Component, Parameters
from ragkit.types import Decision, Passages, Result


class BestLast(Component):
    """Puts the best passages where a language model reads best: at the end, or at both ends.

    Use it just before an LM step whose prompt ends in the question. Models use the middle of a long context worst.
    ``shape: rising`` reverses the list, the best comes last, next to the question; ``shape: edges`` puts the best last,
    the second best first, and so on inwards, so that the worst end up in the middle. The result is ordered by no score:
    select before, not after.

    Cost: O(n), no model. Shape: n passages in, best first; the same n out.

    Source: Liu et al., "Lost in the Middle" (arXiv 2307.03172), Section 2.

    Errors: none; a list of several passages that no score ordered is warned about, as its first is not its best.

    YAML::

        steps:
          found: {use: retrieve.hybrid, k: 8}
          arranged: {use: order.best_last, passages: found, shape: edges}
        output: arranged

    Python::

        from ragkit.components.order.best_last import BestLast
        from ragkit.types import Passage, Passages

        found = Passages([Passage(name, name, "", "") for name in "abcde"], "cosine")
        assert "".join(p.id for p in BestLast(BestLast.Params()).run(found).value) == "edcba"
        assert "".join(p.id for p in BestLast(BestLast.Params(shape="edges")).run(found).value) == "bdeca"
    """

    class Params(Parameters):
        """Parameters of ``order.best_last``."""

        shape: Literal["rising", "edges"] = Field(
            "rising", description="'rising': the best last; 'edges': the best last, the second first, the worst inside"
        )

    passthrough = "passages"

    params: Params

    def run(self, passages: Passages) -> Result[Passages]:
        """Arranges the list."""
        items = passages.items
        if self.params.shape == "rising":
            arranged, how = items[::-1], "the best last"
        else:
            arranged, how = (*items[1::2], *items[::2][::-1]), "the best at both ends"
        warnings: tuple[str, ...] = ()
        if passages.ranked_by is None and len(items) > 1:
            warnings = ("the list was not ordered by a score: its first passage was taken for its best",)
        reason = f"arranged {len(items)} passages with {how}"
        return Result(Passages(arranged), Decision("order", reason, of=len(items)), warnings)
