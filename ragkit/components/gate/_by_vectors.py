"""Answers compared by the corpus's encoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ragkit.components.gate._comparing import Judgement


class ByVectors:
    """Likeness is the cosine of two answers' vectors; the same are answers from ``at_least`` up.

    An encoder tells what answers are about, not whether one denies the other: answers under the threshold count as
    against each other, and a number or a "not" that turns the meaning may go unseen.

    Args:
        reader: The corpus's reader, whose encoder makes the vectors.
        at_least: The cosine from which two answers mean the same.
    """

    def __init__(self, reader: Any, at_least: float) -> None:
        self._reader = reader
        self._at_least = at_least
        self.told = f"by vectors of {reader.encoder}: alike by cosine, the same from {at_least:g}"

    def judge(self, question: str, pairs: Sequence[tuple[str, str]]) -> list[Judgement]:
        """The judgement of each pair."""
        import numpy as np

        if not pairs:
            return []
        vectors = np.asarray(self._reader.encode([text for pair in pairs for text in pair]), dtype=np.float64)
        cosines = np.clip((vectors[0::2] * vectors[1::2]).sum(axis=1), 0.0, 1.0)
        return [
            Judgement(float(cosine), "same" if cosine >= self._at_least else "against", bool(cosine >= self._at_least))
            for cosine in cosines
        ]
