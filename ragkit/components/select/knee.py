"""``select.knee``: cut at the knee of the score curve."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from ragkit.component import BINDABLE, Component
from ragkit.components.select._selection import Limits, check_limits, select
from ragkit.components.select.rules.knee import knee
from ragkit.types import Passages, Result


class Knee(Component):
    """Keeps the passages before the knee of the score curve, where it turns from falling to flat (Kneedle).

    Use it on long lists whose scores bend rather than jump; it keeps more than ``select.adaptive_k``. The curve is
    stretched to the length of the list, so a longer list moves the knee. A curve without a knee is kept whole, with a
    warning.

    Cost: O(n) on the scores, no model. Scores: any finite numbers where higher is better. Shape: n passages in, those
    before the knee out.

    Source: Satopää, Albrecht, Irwin, Raghavan, "Finding a 'Kneedle' in a Haystack" (ICDCS workshops 2011), Section III.

    Errors: a list that no score ordered while ``score`` names none; a passage without that score; ``max_tokens`` with a
    passage whose tokens are not known.

    YAML::

        steps:
          candidates: {use: retrieve.dense, k: all}
          evidence: {use: select.knee, passages: candidates, sensitivity: 1.0, maximum: 40}
        output: evidence

    Python::

        from ragkit.components.select.knee import Knee
        from ragkit.types import Passage, Passages

        scores = [0.9, 0.8, 0.3, 0.28, 0.26, 0.24, 0.22, 0.2]
        found = Passages([Passage(str(i), str(i), "", "", {"cosine": s}) for i, s in enumerate(scores)], "cosine")
        assert len(Knee(Knee.Params()).run(found).value) == 2
    """

    class Params(Limits):
        """Parameters of ``select.knee``."""

        sensitivity: Annotated[float, BINDABLE] = Field(
            1.0, ge=0, description="how much flat curve must follow before a knee is believed (S of the paper)"
        )

    passthrough = "passages"

    params: Params

    @classmethod
    def check(cls, params: Any) -> str | None:
        """``minimum`` is not above ``maximum``."""
        return check_limits(params)

    def run(self, passages: Passages) -> Result[Passages]:
        """Cuts the list."""
        return select(passages, self.params, lambda scores: knee(scores, sensitivity=self.params.sensitivity))
