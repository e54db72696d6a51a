"""Conformal thresholds: where to cut so that a promise about what is kept holds on new questions."""

from __future__ import annotations

import math
from collections.abc import Sequence


def all_gold_threshold(questions: Sequence[Sequence[float | None]], miss: float) -> float | None:
    """The highest threshold at which every relevant document is kept with probability at least ``1 - miss``.

    Split conformal prediction: with m calibration questions and a_j the lowest score of a relevant document of question
    j, it is the ``floor(miss * (m + 1))``-th smallest a_j. It holds for new questions that are exchangeable with these.

    Args:
        questions: For each calibration question the scores of its relevant documents, each at its best passage; None
            for one that was not in the list, which no threshold keeps.
        miss: The share of questions in which something may be missing, between 0 and 1.

    Returns:
        The threshold; None where so few questions cannot promise it, whatever is kept.
    """
    lowest = sorted(-math.inf if None in scores else min(s for s in scores if s is not None) for scores in questions)
    place = math.floor(miss * (len(lowest) + 1))
    return None if place < 1 or lowest[place - 1] == -math.inf else lowest[place - 1]


def recall_threshold(questions: Sequence[Sequence[float | None]], miss: float) -> float | None:
    """The highest threshold at which the expected recall is at least ``1 - miss``.

    Conformal risk control (arXiv 2208.02814, equation 4) with the loss ``1 - recall``, which is bounded by 1 and does
    not grow as the threshold falls: the highest t with ``(sum of losses at t + 1) / (m + 1) <= miss``.

    Args:
        questions: As for ``all_gold_threshold``.
        miss: The share of relevant documents that may be missing, between 0 and 1.

    Returns:
        The threshold; None where none keeps the promise.
    """
    known = sorted({score for scores in questions for score in scores if score is not None}, reverse=True)
    low, high = 0, len(known)
    while low < high:  # losses fall along ``known``: the first place that keeps the promise
        middle = (low + high) // 2
        if _risk(questions, known[middle]) <= miss:
            high = middle
        else:
            low = middle + 1
    return known[low] if low < len(known) else None


def _risk(questions: Sequence[Sequence[float | None]], threshold: float) -> float:
    losses = (sum(score is None or score < threshold for score in scores) / len(scores) for scores in questions)
    return (math.fsum(losses) + 1) / (len(questions) + 1)
