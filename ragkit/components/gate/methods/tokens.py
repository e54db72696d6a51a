"""How sure an LM was of the tokens it wrote: measures of one answer from its log-probabilities.

Notation: p_t is the probability of the t-th of T tokens that was written, P_t the distribution it was drawn from. A
server tells only the likeliest few of P_t; entropies are taken over these and the written token, scaled to sum to 1.
That leaves out the tail, so such an entropy is a lower value than the true one and no more than ``log`` of how many
alternatives there are. All logarithms are natural.

Sources: LM-Polygraph (arXiv 2311.07383, Section 3) and AdaRAGUE (arXiv 2501.12835, Section 3) for the names and the
formulas; the least probable token is what FLARE looks at (arXiv 2305.06983, Section 3.2).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ragkit.types import Token

LEAST = -100.0
"""The lowest log-probability that is taken for what it is: servers write -9999 or -inf for what they do not tell."""


def logprob(token: Token) -> float:
    """The log-probability of a token that was written; from ``LEAST`` to 0, whatever a server rounds or cuts off."""
    return max(LEAST, min(token.logprob, 0.0))


def probability(token: Token) -> float:
    """The probability of a token that was written; from 0 to 1."""
    return math.exp(logprob(token))


def distribution(token: Token) -> dict[str, float]:
    """The likeliest tokens of a place and the one that was written, with probabilities that sum to 1.

    Raises:
        ValueError: Nothing but the written token is known of that place.
    """
    # Some servers name the written token among the likeliest and some do not; its own log-probability is the surer one.
    logprobs = {**dict(token.top), token.text: token.logprob}
    if len(logprobs) < 2:
        raise ValueError(f"the token {token.text!r} has no alternatives")
    highest = max(logprobs.values())
    weights = {text: math.exp(value - highest) for text, value in logprobs.items()}
    whole = sum(weights.values())
    return {text: weight / whole for text, weight in weights.items()}


def entropy(token: Token) -> float:
    """The entropy of a place, -sum p log p over its ``distribution``; from 0 to the log of how many there are.

    Raises:
        ValueError: Nothing but the written token is known of that place.
    """
    return -sum(p * math.log(p) for p in distribution(token).values() if p > 0.0)


def least_probability(tokens: Sequence[Token]) -> float:
    """min_t p_t: how probable the least probable token was.

    Raises:
        ValueError: There are no tokens.
    """
    return min(probability(token) for token in _some(tokens))


def sequence_probability(tokens: Sequence[Token]) -> float:
    """-sum_t log p_t: how improbable the whole answer is; from 0 up, and longer answers have more of it.

    Raises:
        ValueError: There are no tokens.
    """
    return math.fsum(-logprob(token) for token in _some(tokens))


def perplexity(tokens: Sequence[Token]) -> float:
    """exp(-1/T sum_t log p_t): among how many equal choices the LM hesitated at each token; from 1 up.

    LM-Polygraph and AdaRAGUE report its logarithm, which orders answers in the same way.

    Raises:
        ValueError: There are no tokens.
    """
    return math.exp(sequence_probability(tokens) / len(tokens))


def mean_token_probability(tokens: Sequence[Token]) -> float:
    """1 - mean_t p_t; from 0 to 1.

    Raises:
        ValueError: There are no tokens.
    """
    return 1.0 - math.fsum(probability(token) for token in _some(tokens)) / len(tokens)


def max_token_probability(tokens: Sequence[Token]) -> float:
    """1 - min_t p_t: how improbable the least probable token was; from 0 to 1.

    It is the maximum over tokens of the measure that LM-Polygraph calls maximum token probability (minus p_t; here 1 is
    added, so that the scale begins at 0).

    Raises:
        ValueError: There are no tokens.
    """
    return 1.0 - least_probability(tokens)


def mean_token_entropy(tokens: Sequence[Token]) -> float:
    """mean_t H(P_t); from 0 up.

    Raises:
        ValueError: There are no tokens, or one has no alternatives.
    """
    return math.fsum(entropy(token) for token in _some(tokens)) / len(tokens)


def max_token_entropy(tokens: Sequence[Token]) -> float:
    """max_t H(P_t); from 0 up.

    Raises:
        ValueError: There are no tokens, or one has no alternatives.
    """
    return max(entropy(token) for token in _some(tokens))


def _some(tokens: Sequence[Token]) -> Sequence[Token]:
    if not tokens:
        raise ValueError("there are no tokens")
    return tokens
