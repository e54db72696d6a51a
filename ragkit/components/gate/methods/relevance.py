"""SAR, shifting attention to relevance: tokens and samples count by how much of the meaning hangs on them.

Source: Duan et al., "Shifting Attention to Relevance" (arXiv 2307.01379, Section 4), with its temperature of 0.001.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ragkit.components.gate.methods.likeness import Matrix
from ragkit.components.gate.methods.samples import log_sum
from ragkit.components.gate.methods.tokens import logprob
from ragkit.types import Token

TEMPERATURE = 0.001


def token_sar(tokens: Sequence[Token], relevance: Sequence[float]) -> float:
    """sum_t (-log p_t) R_t / sum_t R_t: the mean improbability of tokens, each by its relevance; from 0 up.

    Args:
        tokens: The tokens of one answer.
        relevance: R_t, 1 less the likeness of the answer and the answer without the token; at least 0. Where nothing
            hangs on any token (a sum of 0) all count alike.

    Raises:
        ValueError: There are no tokens, a relevance is below 0, or there are more or fewer of one than of the other.
    """
    if not tokens:
        raise ValueError("there are no tokens")
    if min(relevance, default=0.0) < 0.0:
        raise ValueError("a relevance is at least 0")
    whole = math.fsum(relevance)
    weights = [weight / whole for weight in relevance] if whole > 0.0 else [1.0 / len(tokens)] * len(tokens)
    parts = zip(tokens, weights, strict=True)
    return math.fsum(-logprob(token) * weight for token, weight in parts)


def sentence_sar(logprobs: Sequence[float], likeness: Matrix, temperature: float = TEMPERATURE) -> float:
    """mean_i -log(p_i + 1/τ sum_{j≠i} p_j g_ij): an answer that others are like is more certain than its own p_i.

    It falls below 0 where others are like it, because 1/τ is large: a number to compare with others of its kind only.

    Args:
        logprobs: log p_i of each sample.
        likeness: g_ij, shape (n, n), from 0 to 1.
        temperature: τ, above 0.

    Raises:
        ValueError: There are no samples, or the likeness is of another number of them.
    """
    if not logprobs:
        raise ValueError("there are no samples")
    if len(likeness) != len(logprobs):
        raise ValueError(f"{len(logprobs)} samples and the likeness of {len(likeness)}")
    found = []
    for i, row in enumerate(likeness):
        others = [
            value + math.log(like / temperature)
            for j, (value, like) in enumerate(zip(logprobs, row, strict=True))
            if j != i and like > 0.0
        ]
        found.append(-log_sum([logprobs[i], *others]))
    return math.fsum(found) / len(found)


def sar(of_tokens: Sequence[float], likeness: Matrix, temperature: float = TEMPERATURE) -> float:
    """Sentence SAR with p_i = exp(-token SAR of sample i): relevance of tokens and of samples together.

    Args:
        of_tokens: ``token_sar`` of each sample.
        likeness: g_ij, shape (n, n), from 0 to 1.
        temperature: τ, above 0.

    Raises:
        ValueError: There are no samples, or the likeness is of another number of them.
    """
    return sentence_sar([-value for value in of_tokens], likeness, temperature)
