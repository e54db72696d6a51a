"""``select.autocut``: cut at the N-th jump of the score curve."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from ragkit.component import BINDABLE, Component
from ragkit.components.select._selection import Limits, check_limits, select
from ragkit.components.select.rules.autocut import autocut
from ragkit.types import Passages, Result


class Autocut(Component):
    """Keeps the passages above the N-th jump of the score curve, as the Weaviate database does.

    Use it on a short list (ten to a few dozen) whose scores fall in steps. The curve is stretched to the length of the
    list, so the same scores are cut elsewhere when the list is longer; ``select.adaptive_k`` depends on that less. A
    curve without enough jumps is kept whole, with a warning.

    Cost: O(n) on the scores, no model. Scores: any finite numbers where higher is better. Shape: n passages in, those
    before the jump out.

    Source: the autocut rule of Weaviate, as described in its documentation.

    Errors: a list that no score ordered while ``score`` names none; a passage without that score; ``max_tokens`` with a
    passage whose tokens are not known.

    YAML::

        steps:
          candidates: {use: retrieve.hybrid, k: 20}
          evidence: {use: select.autocut, passages: candidates, jumps: 1, minimum: 2}
        output: evidence

    Python::

        from ragkit.components.select.autocut import Autocut
        from ragkit.types import Passage, Passages

        scores = [0.5868, 0.5450, 0.3414, 0.3048, 0.2753]
        found = Passages([Passage(str(i), str(i), "", "", {"cosine": s}) for i, s in enumerate(scores)], "cosine")
        assert len(Autocut(Autocut.Params(jumps=1)).run(found).value) == 2
    """

    class Params(Limits):
        """Parameters of ``select.autocut``."""

        jumps: Annotated[int, BINDABLE] = Field(1, ge=1, description="at which jump of the score curve to cut")

    passthrough = "passages"

    params: Params

    @classmethod
    def check(cls, params: Any) -> str | None:
        """``minimum`` is not above ``maximum``."""
        return check_limits(params)

    def run(self, passages: Passages) -> Result[Passages]:
        """Cuts the list."""
        return select(passages, self.params, lambda scores: autocut(scores, jumps=self.params.jumps))
