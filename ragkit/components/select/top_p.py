"""``select.top_p``: cut at a probability mass."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from ragkit.component import BINDABLE, Component
from ragkit.components.select._selection import Limits, check_limits, select
from ragkit.components.select.rules.top_p import top_p
from ragkit.types import Passages, Result


class TopP(Component):
    """Keeps passages until a softmax of their scores has given out a probability mass of p.

    Use it on scores that are spread like logits, as a cross-encoder's are. On cosines the softmax at temperature 1 is
    nearly uniform and about ``p*n`` passages are kept whatever the question; a warning says so, and a ``temperature``
    of about 0.05 mends it.

    Cost: O(n) on the scores, no model. Scores: any finite numbers where higher is better; ``temperature`` is in their
    unit. Shape: n passages in, at least one out; the passage that would pass p is left out.

    Source: the ``TopPSampler`` of Haystack (nucleus sampling, arXiv 1904.09751, Section 3.1, over passages); the
    temperature is an addition, 1 is Haystack's behaviour.

    Errors: a list that no score ordered while ``score`` names none; a passage without that score; ``max_tokens`` with a
    passage whose tokens are not known.

    YAML::

        steps:
          candidates: {use: retrieve.hybrid, k: 50}
          evidence: {use: select.top_p, passages: candidates, p: 0.9, temperature: 0.05}
        output: evidence

    Python::

        from ragkit.components.select.top_p import TopP
        from ragkit.types import Passage, Passages

        found = Passages([Passage(str(s), str(s), "", "", {"logit": s}) for s in (4.0, 3.0, -2.0, -3.0)], "logit")
        assert len(TopP(TopP.Params(p=0.998)).run(found).value) == 2
    """

    class Params(Limits):
        """Parameters of ``select.top_p``."""

        p: Annotated[float, BINDABLE] = Field(0.95, gt=0, le=1, description="the probability mass to keep")
        temperature: Annotated[float, BINDABLE] = Field(
            1.0, gt=0, description="scores are divided by this before the softmax; in the unit of the scores"
        )

    passthrough = "passages"

    params: Params

    @classmethod
    def check(cls, params: Any) -> str | None:
        """``minimum`` is not above ``maximum``."""
        return check_limits(params)

    def run(self, passages: Passages) -> Result[Passages]:
        """Cuts the list."""
        p = self.params
        return select(passages, p, lambda scores: top_p(scores, p=p.p, temperature=p.temperature))
