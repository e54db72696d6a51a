"""``select.top_k``: the first k."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ragkit.component import BINDABLE, Component, Parameters
from ragkit.components.select._counting import select_by_position
from ragkit.components.select.rules.count import top_k
from ragkit.types import Passages, Result


class TopK(Component):
    """Keeps the first k passages: the baseline that every adaptive rule must beat at the same mean number of tokens.

    Use it when the next step has room for so many and no more. It counts and compares no scores: without ``score`` the
    list is cut in the order it has, whatever made that order (a warning says when no score did), with ``score`` it is
    put in that score's order first.

    Cost: O(k), no model. Shape: n passages in, ``min(n, k)`` out.

    Source: common practice.

    Errors: a passage without the score that ``score`` names.

    YAML::

        steps:
          candidates: {use: retrieve.hybrid, k: 50}
          evidence: {use: select.top_k, passages: candidates, k: 5}
        output: evidence

    Python::

        from ragkit.components.select.top_k import TopK
        from ragkit.types import Passage, Passages

        found = Passages([Passage(str(s), str(s), "", "", {"cosine": s}) for s in (0.8, 0.6, 0.2)], "cosine")
        assert [p.id for p in TopK(TopK.Params(k=2)).run(found).value] == ["0.8", "0.6"]
    """

    class Params(Parameters):
        """Parameters of ``select.top_k``."""

        k: Annotated[int, BINDABLE] = Field(10, ge=0, description="how many passages to keep")
        score: str | None = Field(None, description="put the list in this score's order first")

    passthrough = "passages"

    params: Params

    def run(self, passages: Passages) -> Result[Passages]:
        """Cuts the list."""
        return select_by_position(
            passages, self.params.score, lambda items: (range(min(len(items), self.params.k)),
                                                        top_k(len(items), self.params.k))
        )  # fmt: skip
