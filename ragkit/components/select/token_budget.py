"""``select.token_budget``: as many as fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from ragkit.component import BINDABLE, Component, Parameters
from ragkit.components.select._counting import select_by_position
from ragkit.components.select._selection import token_sizes
from ragkit.components.select.rules.count import fit_tokens, pack_tokens
from ragkit.components.select.rules.cut import Cut
from ragkit.types import Passage, Passages, Result


class TokenBudget(Component):
    """Keeps passages from the start while their tokens add up to at most a budget.

    Use it to fill a context window of known size, and as the fair baseline for a rule that keeps different numbers of
    passages. A passage that does not fit ends the list (``overflow: stop``), or is passed over so that shorter ones
    behind it may still come (``overflow: skip``); nothing is shortened. It counts and compares no scores: without
    ``score`` the list is cut in the order it has, with ``score`` it is put in that score's order first.

    Cost: O(n), no model. Units: tokens of title and text by the corpus encoder's tokenizer (``Passage.tokens``).
    Shape: n passages in, those that fit out; none at all, with a warning, when the first is too long.

    Source: the fixed-budget baselines of Adaptive-k (arXiv 2506.08479), Section 4.

    Errors: a passage whose tokens are not known, or without the score that ``score`` names.

    YAML::

        steps:
          candidates: {use: retrieve.hybrid, k: 50}
          evidence: {use: select.token_budget, passages: candidates, max_tokens: 2000}
        output: evidence

    Python::

        from ragkit.components.select.token_budget import TokenBudget
        from ragkit.types import Passage, Passages

        found = Passages([Passage(str(n), str(n), "", "", {}, tokens=n) for n in (60, 50, 30)], "cosine")
        assert len(TokenBudget(TokenBudget.Params(max_tokens=100)).run(found).value) == 1
        assert len(TokenBudget(TokenBudget.Params(max_tokens=100, overflow="skip")).run(found).value) == 2
    """

    class Params(Parameters):
        """Parameters of ``select.token_budget``."""

        max_tokens: Annotated[int, BINDABLE] = Field(2000, ge=1, description="the most tokens of title and text")
        overflow: Literal["stop", "skip"] = Field(
            "stop", description="at a passage that does not fit: stop there, or pass it over and go on"
        )
        score: str | None = Field(None, description="put the list in this score's order first")

    passthrough = "passages"

    params: Params

    def run(self, passages: Passages) -> Result[Passages]:
        """Cuts the list."""
        return select_by_position(passages, self.params.score, self._fit)

    def _fit(self, items: Sequence[Passage]) -> tuple[Sequence[int], Cut]:
        sizes, budget = token_sizes(items), self.params.max_tokens
        stop = fit_tokens(sizes, budget)
        chosen = range(stop) if self.params.overflow == "stop" else pack_tokens(sizes, budget)
        used = sum(sizes[i] for i in chosen)
        if len(chosen) == len(items):
            why = f"they have {used} tokens, within {budget}"
        elif self.params.overflow == "skip":
            why = f"they have {used} of {budget} tokens, and what did not fit was passed over"
        else:
            why = f"they have {used} tokens, and the next {sizes[stop]} would pass {budget}"
        warnings: tuple[str, ...] = ()
        if not chosen and items:
            warnings = (f"the first passage has {sizes[0]} tokens, more than the budget of {budget}: none was kept",)
        return chosen, Cut(len(chosen), why, rank=stop or None, warnings=warnings,
                           details={"tokens": used, "max_tokens": budget})  # fmt: skip
