"""Answers compared by their words: nothing is needed for it."""

from __future__ import annotations

from collections.abc import Sequence

from ragkit.components.gate._comparing import Judgement
from ragkit.components.gate.methods.likeness import jaccard, normalised


class ByWords:
    """Likeness is the share of words in common; the same are answers that are equal without case, marks and articles.

    Answers that are not the same count as against each other: words alone do not tell otherwise.
    """

    told = "by words: alike by Jaccard's index, the same where equal without case, punctuation and articles"

    def judge(self, question: str, pairs: Sequence[tuple[str, str]]) -> list[Judgement]:
        """The judgement of each pair."""
        found = []
        for one, two in pairs:
            same = normalised(one) == normalised(two)
            found.append(Judgement(1.0 if same else jaccard(one, two), "same" if same else "against", same))
        return found
