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

from ragkit.components.generate._question import Question, terms_of
from ragkit.components.generate._sentences import Source, is_quotable

SENTENCE_WEIGHTS = {"cosine": 4.73, "terms": 3.06, "context_terms": 8.45, "passage": 29.92, "number": 1.02}
"""A conditional logit: the chance of a sentence to be the one that answers is the softmax of these weighted sums."""

ANSWERABLE_WEIGHTS = {"cosine": 10.48, "passage_terms": 5.48}
ANSWERABLE_BIAS = -6.11
"""A logistic regression over the best value that any candidate of a question has of each feature."""

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

    ``terms`` are those of the question that it holds.
    """

    source: int
    sentence: int
    score: float
    terms: frozenset[str]
    features: dict[str, float]


def score_sentences(question: Question, vector: Any, sources: Sequence[Source], language: str) -> list[Candidate]:
    """Every quotable sentence of the sources with its score, in the order of the text.

    Features: ``cosine`` of sentence and question; ``terms``, the share of the question's weighted terms that stand in
    the sentence; ``context_terms``, the same for the sentence with the one before it and the title; ``passage``, the
    mean of ``passage_cosine`` and ``passage_terms``, which are the same two numbers for the whole passage with its
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
        title = terms_of(source.passage.title, language)
        terms = [terms_of(source.text(i), language) for i in range(len(source.spans))]
        passage_cosine, passage_terms = float(source.vector @ vector), question.covered(title.union(*terms))
        cosines = (source.vectors @ vector).tolist()
        for i in [i for i in range(len(terms)) if is_quotable(source.text(i))] or range(len(terms)):
            features = {
                "cosine": cosines[i],
                "terms": question.covered(terms[i]),
                "context_terms": question.covered(terms[i] | title | (terms[i - 1] if i else frozenset())),
                "passage": (passage_cosine + passage_terms) / 2,
                "number": (1.0 if _NUMBER.search(source.text(i)) else -1.0) if question.wants_number else 0.0,
                "passage_cosine": passage_cosine,
                "passage_terms": passage_terms,
            }
            score = sum(weight * features[name] for name, weight in SENTENCE_WEIGHTS.items())
            found.append(Candidate(place, i, score, terms[i] & question.weights.keys(), features))
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
