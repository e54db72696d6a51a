"""``select.score``: keep what scores enough."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from ragkit.component import BINDABLE, Component
from ragkit.components.select._selection import Limits, check_limits, select
from ragkit.components.select.rules.threshold import threshold
from ragkit.errors import UsageError
from ragkit.types import Passages, Result


class Score(Component):
    """Keeps the passages whose score is at least a threshold, absolute or relative to the best.

    Use it with ``threshold`` where the score's scale is known (a calibrated reranker, one encoder), with ``relative``
    or ``within`` where it is not. Of several bounds the highest counts. An absolute threshold may keep nothing, which
    is right where the corpus has no answer; ``minimum`` prevents it. ``relative`` is a share of the top score; where
    that is not positive, the bound lies as far below it as it would lie below its mirror image, with a warning.
    ``within`` is a distance below the top score and needs no sign.

    Cost: O(n) on the scores, no model. Scores: any finite numbers where higher is better; ``threshold`` and ``within``
    are in their unit. Shape: n passages in, the head that satisfies every bound out.

    Source: the similarity thresholds of LangChain, LlamaIndex and Qdrant (absolute), SmartSearch (relative).

    Errors: none of the three bounds is given; a list that no score ordered while ``score`` names none; a passage
    without that score; ``max_tokens`` with a passage whose tokens are not known.

    YAML::

        steps:
          candidates: {use: retrieve.dense, k: 50}
          evidence: {use: select.score, passages: candidates, threshold: 0.3, relative: 0.7, minimum: 1}
        output: evidence

    Python::

        from ragkit.components.select.score import Score
        from ragkit.types import Passage, Passages

        found = Passages([Passage(str(s), str(s), "", "", {"cosine": s}) for s in (0.8, 0.6, 0.2)], "cosine")
        assert len(Score(Score.Params(relative=0.5)).run(found).value) == 2
        assert len(Score(Score.Params(threshold=0.9)).run(found).value) == 0
    """

    class Params(Limits):
        """Parameters of ``select.score``."""

        threshold: Annotated[float | None, BINDABLE] = Field(None, description="keep scores of at least this")
        relative: Annotated[float | None, BINDABLE] = Field(
            None, ge=0, le=1, description="keep scores of at least this share of the top score"
        )
        within: Annotated[float | None, BINDABLE] = Field(
            None, ge=0, description="keep scores at most this far below the top score"
        )

    passthrough = "passages"

    params: Params

    @classmethod
    def check(cls, params: Any) -> str | None:
        """A bound is given, and ``minimum`` is not above ``maximum``."""
        if params.threshold is None and params.relative is None and params.within is None:
            return "no bound is given; set 'threshold', 'relative' or 'within'"
        return check_limits(params)

    def run(self, passages: Passages) -> Result[Passages]:
        """Cuts the list."""
        p = self.params
        if p.threshold is None and p.relative is None and p.within is None:
            raise UsageError("select.score has no bound; set 'threshold', 'relative' or 'within'")
        return select(
            passages, p, lambda scores: threshold(scores, at_least=p.threshold, relative=p.relative, within=p.within)
        )
