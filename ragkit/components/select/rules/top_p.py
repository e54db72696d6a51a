"""Top-p over passages: a softmax of the scores, kept up to a probability mass (Haystack's ``TopPSampler``)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ragkit.components.select.rules.cut import Cut, check_descending

_SLACK = 1e-6


def top_p(scores: Sequence[float], *, p: float = 0.95, temperature: float = 1.0) -> Cut:
    """Keeps the longest head whose probabilities add up to at most ``p``; the one that crosses it is left out.

    Probabilities are ``softmax(scores / temperature)``. At least one is kept. Scores that span less than the
    temperature give nearly equal probabilities, and then about ``p*n`` are kept whatever the question: raw cosines at
    temperature 1 always do, 0.05 is a start for them.

    Args:
        scores: In descending order.
        p: The mass to keep, above 0, at most 1.
        temperature: Above 0; in the unit of the scores.

    Raises:
        ValueError: The scores do not descend.
    """
    check_descending(scores)
    n = len(scores)
    if n == 0:
        return Cut(0, "there was nothing to choose from")
    weights = [math.exp((score - scores[0]) / temperature) for score in scores]
    total = math.fsum(weights)
    kept, mass = 0, 0.0
    for weight in weights:
        if mass + weight / total > p + _SLACK:
            break
        mass += weight / total
        kept += 1
    if kept == 0:
        kept, mass = 1, weights[0] / total
        why = f"the first alone holds {mass:.2f} of the probability, over p = {p:g}"
    elif kept == n:
        why = f"all of them are within p = {p:g}"
    else:
        why = f"the first {kept} hold {mass:.2f} of the probability, and one more would pass p = {p:g}"
    warnings: tuple[str, ...] = ()
    if n > 2 and weights[0] < 2 * weights[-1]:
        warnings = (
            f"the softmax is nearly uniform (first {weights[0] / total:.3f}, last {weights[-1] / total:.3f}): top-p "
            f"keeps about p*n whatever the scores; lower the temperature ({temperature:g}) to below their range",
        )
    return Cut(kept, why, rank=kept, score=mass, threshold=p, warnings=warnings,
               details={"first_probability": weights[0] / total, "score_at_cut": scores[kept - 1],
                        "next_score": scores[kept] if kept < n else None})  # fmt: skip
