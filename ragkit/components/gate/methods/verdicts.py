"""What an LM says of its own answer: the probability that it is true, in its tokens or in its words.

Sources: P(True), Kadavath et al. (arXiv 2207.05221, Section 3); confidence in words, Tian et al. (arXiv 2305.14975,
Section 3, "Verb. 1S" and "Verb. 2S").
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from ragkit.components.gate.methods.tokens import LEAST
from ragkit.types import Token

_NUMBER = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?|\.\d+)\s*(%|percent\b|/\s*(\d+(?:\.\d+)?))?", re.IGNORECASE)


def p_true(tokens: Sequence[Token], yes: str, no: str) -> float:
    """1 - P(yes) / (P(yes) + P(no)), from the first token that begins one of them; from 0 to 1.

    Among the alternatives of that token, those that begin ``yes`` speak for it and those that begin ``no`` against it,
    whatever their case and spaces; others do not count.

    Args:
        tokens: The tokens of the verdict, with alternatives.
        yes: The word of a true answer.
        no: The word of a wrong one; another first letter.

    Raises:
        ValueError: No token begins one of the two words.
    """
    for token in tokens:
        if _begins(token.text, yes) or _begins(token.text, no):
            logprobs = {**dict(token.top), token.text: token.logprob}
            for_it = math.fsum(math.exp(max(LEAST, min(p, 0.0))) for text, p in logprobs.items() if _begins(text, yes))
            against = math.fsum(math.exp(max(LEAST, min(p, 0.0))) for text, p in logprobs.items() if _begins(text, no))
            if not token.top:  # only of the word that was written it is known; the rest counts as the other's
                return 1.0 - for_it if _begins(token.text, yes) else against
            return against / (for_it + against)
    raise ValueError(f"no token begins {yes!r} or {no!r}")


def verbalised(said: str | float) -> float:
    """1 - the probability that was said; from 0 to 1.

    Read are ``0.8``, ``80%``, ``80 percent``, ``8/10``, and a whole number from 2 to 100 alone as a percentage. Of
    several numbers the last counts, for that is what a text comes to.

    Raises:
        ValueError: No probability stands there.
    """
    if isinstance(said, (int, float)) and not isinstance(said, bool):
        value = float(said)
    else:
        found = list(_NUMBER.finditer(str(said)))
        if not found:
            raise ValueError(f"{str(said)[:80]!r} has no probability")
        last = found[-1]
        value = float(last[1])
        if last[3] is not None:
            value = value / float(last[3]) if float(last[3]) else math.inf
        elif last[2] is not None or (value > 1.0 and value.is_integer()):
            value /= 100.0
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"{str(said)[:80]!r} is no probability: it is {value:g}, and goes from 0 to 1")
    return 1.0 - value


def _begins(text: str, word: str) -> bool:
    """True where a token is the beginning of a word, or the word with what follows."""
    plain = text.strip().casefold()
    wanted = word.casefold()
    return bool(plain) and (wanted.startswith(plain) or re.match(rf"{re.escape(wanted)}\b", plain) is not None)
