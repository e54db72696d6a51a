"""The causes of a wrong answer, in the order in which they are tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

CauseName = Literal[
    "not_in_corpus", "routed_wrongly", "retrieval_miss", "lost_in_fusion", "lost_in_rerank", "cut_by_selector",
    "truncated", "not_found_in_passage", "format", "wrongly_abstained", "wrongly_answered",
]  # fmt: skip

CAUSES: Mapping[CauseName, str] = MappingProxyType(
    {
        "not_in_corpus": "a gold document is not in the corpus, so nothing could find it",
        "routed_wrongly": "its documents were not looked for where it was sent, or were looked for and it needs none",
        "retrieval_miss": "the documents were looked for and not retrieved",
        "lost_in_fusion": "a list held the document, and the fusion of the lists dropped it",
        "lost_in_rerank": "a reranker was given the document and dropped it",
        "cut_by_selector": "a selector was given the document and cut above it",
        "truncated": "a limit of tokens, or the question's budget, left no room for it",
        "not_found_in_passage": "the documents reached the answer, and what they say was not found in them",
        "format": "the answer is there, in a form that the comparison does not accept",
        "wrongly_abstained": "the documents reached the answer, and it said that there is none",
        "wrongly_answered": "there is no answer, or none that needs documents, and one was given",
    }
)
"""Each cause and what it means, in the order in which they are tried: the first that the trace proves is named."""

ORDER = {name: place for place, name in enumerate(CAUSES)}


@dataclass(frozen=True, slots=True)
class Cause:
    """Why one question failed.

    Attributes:
        cause: The cause's name.
        detail: One sentence that says what happened, with names and numbers, for a person and for an optimiser.
        step: The path of the step at which it happened; None where there is not one step.
        rank: The place, from 1, at which the gold passage stood in the list that lost it, or among those that reached
            the answer.
        score: The score it had there, under the name that ordered the list; for a gate the score that decided.
    """

    cause: CauseName
    detail: str
    step: str | None = None
    rank: int | None = None
    score: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain data, as a row holds it."""
        return {"cause": self.cause, "step": self.step, "rank": self.rank, "score": self.score, "detail": self.detail}
