"""What a score's name means: looked up before a number is compared, or shown to a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Score:
    """The meaning of a score's name: its scale, its kind and one sentence for a person."""

    name: str
    low: float | None
    high: float | None
    kind: Literal["similarity", "lexical", "fused", "rank", "probability", "unknown"]
    meaning: str


SCORES: dict[str, Score] = {
    score.name: score
    for score in (
        Score("cosine", -1.0, 1.0, "similarity", "cosine of the question's and the passage's vector; higher is closer"),
        Score("sentence_cosine", -1.0, 1.0, "similarity", "cosine of the question and the strip's best sentence"),
        Score("title_cosine", -1.0, 1.0, "similarity", "cosine of the question and the document's title"),
        Score("bm25", 0.0, None, "lexical", "BM25 over words in common; higher is closer, 0 shares no word"),
        Score("convex", 0.0, 1.0, "fused", "weighted mean of normalised scores; higher is better"),
        Score(
            "mmr", -1.0, 1.0, "fused", "relevance less likeness to what was chosen before; higher was chosen earlier"
        ),
        Score("linked", 0.0, 1.0, "unknown", "the best score of a passage that mentions its title, of the top score"),
        Score("cross_encoder", 0.0, 1.0, "probability", "sigmoid of a cross-encoder's logit; higher fits better"),
        Score("cross_encoder_logit", None, None, "unknown", "a cross-encoder's logit; its spread is the model's own"),
        Score("relevance", 0.0, 1.0, "probability", "a trained selector's probability that the passage is relevant"),
        Score("llm_relevance", 0.0, 1.0, "unknown", "an LM's grade: 1 relevant, 0.5 partly relevant, 0 irrelevant"),
        Score("llm_rank", 0.0, 1.0, "rank", "1 / rank in the order that an LM chose; says nothing about distances"),
        Score(
            "critique",
            None,
            None,
            "unknown",
            "an LM's judgements of a passage and a sentence from it; higher is better",
        ),
        Score("rrf", 0.0, None, "rank", "sum of weight/(kappa+rank) over the lists; says nothing about distances"),
    )
}


def score_meaning(name: str) -> Score:
    """The meaning of a score; a name that nobody declared has an unknown scale."""
    return SCORES.get(name) or Score(name, None, None, "unknown", "a score that its component does not describe")
