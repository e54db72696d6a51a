"""Claim-conditioned probability: how sure an LM was of what it claims, whatever words it might have said it in.

Source: Fadeeva et al., "Fact-Checking the Output of LLMs via Token-Level Uncertainty Quantification" (arXiv 2403.04696,
Section 4): of the alternatives of a token, those that mean the same speak for it, those that contradict it speak
against it, and those that are about something else do not count.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

from ragkit.components.cues import FUNCTION_WORDS
from ragkit.components.gate.methods.tokens import distribution
from ragkit.types import Token

Relation = Literal["same", "against", "other"]


def claim_conditioned_probability(tokens: Sequence[Token], relation: Callable[[int, str], Relation]) -> float:
    """1 - prod_t of the share of "same" in "same" and "against" among the alternatives of token t; from 0 to 1.

    Function words and punctuation claim nothing and count as certain. The paper reports minus the product; here 1 is
    added, so that the scale begins at 0.

    Args:
        tokens: The tokens of one answer, with alternatives.
        relation: How the text with an alternative in the place of the token at an index relates to the text as it is.

    Raises:
        ValueError: There are no tokens, or one that claims something has no alternatives.
    """
    if not tokens:
        raise ValueError("there are no tokens")
    product = 1.0
    for place, token in enumerate(tokens):
        if claims(token):
            product *= _share(place, token, relation)
    return 1.0 - product


def claims(token: Token) -> bool:
    """False for punctuation and function words, which claim nothing by themselves."""
    word = token.text.strip().casefold()
    return any(character.isalnum() for character in word) and word not in FUNCTION_WORDS


def _share(place: int, token: Token, relation: Callable[[int, str], Relation]) -> float:
    same, against = [], []
    for text, probability in distribution(token).items():
        kind: Relation = "same" if text == token.text else relation(place, text)
        if kind == "same":
            same.append(probability)
        elif kind == "against":
            against.append(probability)
    whole = math.fsum(same) + math.fsum(against)
    return math.fsum(same) / whole if whole > 0.0 else 1.0
