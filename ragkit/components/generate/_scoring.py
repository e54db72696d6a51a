"""How well sentences answer a question: five features, a linear model, and the chance that any of them does.

The weights were fitted by ``benchmarks/extractive.py`` (its docstring says how) on the odd-numbered questions of the
paper corpus, with all-MiniLM-L6-v2 and the passages that ``pipelines/adaptive-k.yaml`` keeps.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ragkit.components.generate._question import Question, stems_of
from ragkit.components.generate._sentences import Source, is_quotable

SENTENCE_WEIGHTS = {"cosine": 3.31, "words": 5.59, "context_words": 6.18, "passage": 17.93, "number": 1.43}
"""A conditional logit: the chance of a sentence to be the one that answers is the softmax of their weighted sums."""

ANSWERABLE_WEIGHTS = {"cosine": 7.533, "passage_cosine": 6.656}
ANSWERABLE_BIAS = -5.2
"""A logistic regression over the best value of each feature among a question's candidates."""

CALIBRATED_ON = "all-minilm-l6-v2"
"""The encoder whose cosines the weights were fitted to; another encoder's cosines may have another scale."""

_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|half|hundred|thousand|million"
    r"|billion|twice|double)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may be quoted. ``score`` is its weighted sum; only differences within one question mean anything.

    ``stems`` are the words of the question that it holds.
    """

    source: int
    sentence: int
    score: float
    stems: frozenset[str]
    features: dict[str, float]


def score_sentences(question: Question, vector: Any, sources: Sequence[Source], language: str) -> list[Candidate]:
    """Every quotable sentence of the sources with its score, in the order of the text.

    Features: ``cosine`` of sentence and question; ``words``, the share of the question's weighted words that stand in
    the sentence; ``context_words``, the same for the sentence with the one before it and the title; ``passage``, the
    mean of ``passage_cosine`` and ``passage_words``, which are the same two numbers for the whole passage with its
    title; ``number``, 1 or -1 for a sentence with or without one where the question asks for a number, else 0.

    Args:
        question: The question.
        vector: Its vector, float32 ``[d]``.
        sources: The passages with their sentences.
        language: The stemmer of the corpus.
    """
    found: list[Candidate] = []
    for place, source in enumerate(sources):
        if not source.spans:
            continue
        title = stems_of(source.passage.title, language)
        stems = [stems_of(source.text(i), language) for i in range(len(source.spans))]
        passage_cosine, passage_words = float(source.vector @ vector), question.covered(title.union(*stems))
        cosines = (source.vectors @ vector).tolist()
        for i in [i for i in range(len(stems)) if is_quotable(source.text(i))] or range(len(stems)):
            features = {
                "cosine": cosines[i],
                "words": question.covered(stems[i]),
                "context_words": question.covered(stems[i] | title | (stems[i - 1] if i else frozenset())),
                "passage": (passage_cosine + passage_words) / 2,
                "number": (1.0 if _NUMBER.search(source.text(i)) else -1.0) if question.wants_number else 0.0,
                "passage_cosine": passage_cosine,
                "passage_words": passage_words,
            }
            score = sum(weight * features[name] for name, weight in SENTENCE_WEIGHTS.items())
            found.append(Candidate(place, i, score, stems[i] & question.weights.keys(), features))
    return found


def answerable(candidates: Sequence[Candidate]) -> tuple[float, dict[str, float]]:
    """The chance, 0 to 1, that the passages answer the question, and the features that it was made of.

    Each feature is the highest value that any candidate has: a question is answerable when something answers it.
    """
    if not candidates:
        return 0.0, {}
    features = {name: max(candidate.features[name] for candidate in candidates) for name in ANSWERABLE_WEIGHTS}
    total = ANSWERABLE_BIAS + sum(weight * features[name] for name, weight in ANSWERABLE_WEIGHTS.items())
    return 1 / (1 + math.exp(-total)), features
