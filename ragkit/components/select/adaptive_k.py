"""``select.adaptive_k``: cut where the scores fall most."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from ragkit.component import BINDABLE, Component
from ragkit.components.select._selection import Limits, check_limits, select
from ragkit.components.select.rules.adaptive_k import adaptive_k
from ragkit.types import Passages, Result


class AdaptiveK(Component):
    """Keeps the passages above the largest gap between neighbouring scores, and a few more for safety.

    Use it when questions need different numbers of passages and the scores' scale is not known: one default works for
    any similarity. Give it many candidates (the paper gives it all, ``k: all``), since the gap it looks for is the one
    between the relevant passages and the rest. On short factual questions over real dense scores the gap is after the
    first passage more often than not, and the rule then amounts to a fixed k of ``1 + buffer``; it says so in a
    warning. For questions that gather many passages ``head: 0.05`` keeps at least 5 %, as the authors' own scripts for
    aggregation do.

    Cost: O(n) on the scores, no model. Scores: any finite numbers where higher is better; ranks fused by RRF have no
    meaningful gaps and are warned about. Shape: a list of n passages in, the first ``k* + buffer`` of them out.

    Source: Adaptive-k (arXiv 2506.08479), Section 3.3; ``buffer`` 5 and ``tail`` 0.1 are the paper's, ``head``,
    ``minimum``, ``maximum`` and ``max_tokens`` are off by default, as there.

    Errors: a list that no score ordered while ``score`` names none; a passage without that score; ``max_tokens`` with a
    passage whose tokens are not known.

    YAML::

        steps:
          candidates: {use: retrieve.hybrid, k: 50}
          evidence: {use: select.adaptive_k, passages: candidates, buffer: 5, max_tokens: 3000}
        output: evidence

    Python::

        from ragkit.components.select.adaptive_k import AdaptiveK
        from ragkit.types import Passage, Passages

        scores = [0.90, 0.88, 0.87, 0.60, 0.59, 0.58, 0.57, 0.56]
        found = Passages([Passage(str(i), str(i), "", "", {"cosine": s}) for i, s in enumerate(scores)], "cosine")
        result = AdaptiveK(AdaptiveK.Params(buffer=2)).run(found)
        assert len(result.value) == 5
        assert result.decision.reason == (
            "kept 5 of 8: the scores fall most after rank 3 (0.87 to 0.6), and 2 more for safety"
        )
    """

    class Params(Limits):
        """Parameters of ``select.adaptive_k``."""

        buffer: Annotated[int, BINDABLE] = Field(5, ge=0, description="how many to keep beyond the gap")
        tail: float = Field(0.10, ge=0, lt=1, description="share of the gaps at the end that is not looked at")
        head: float = Field(0.0, ge=0, lt=1, description="share of the gaps at the start that is not looked at")

    passthrough = "passages"

    params: Params

    @classmethod
    def check(cls, params: Any) -> str | None:
        """``head`` and ``tail`` leave something between them, ``minimum`` is not above ``maximum``."""
        if params.head + params.tail >= 1:
            return f"'head' ({params.head:g}) and 'tail' ({params.tail:g}) leave no gap; keep their sum below 1"
        return check_limits(params)

    def run(self, passages: Passages) -> Result[Passages]:
        """Cuts the list."""
        p = self.params
        return select(passages, p, lambda scores: adaptive_k(scores, buffer=p.buffer, tail=p.tail, head=p.head))
