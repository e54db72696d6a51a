"""Bringing scores of different scales to 0..1, so that they can be weighed against each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ragkit.errors import UsageError
from ragkit.scores import score_meaning

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Normalisation = Literal["min_max", "theoretical"]
NORMALISE_HELP = (
    "how scores are brought to 0..1: 'min_max' from the lowest to the highest of the list, 'theoretical' from the "
    "lowest that the score can be to the highest of the list"
)


def normalise(scores: npt.ArrayLike, how: Normalisation, name: str) -> tuple[npt.NDArray[np.float64], str | None]:
    """The scores ``[n]`` on 0..1, and a warning where that says nothing.

    ``min_max`` is ``(s - min)/(max - min)`` over the list; a list of equal scores becomes all 1, since each is as good
    as the best. ``theoretical`` puts the lowest value that the score can have (cosine -1, bm25 0) in the place of the
    list's own minimum, which keeps a bad list from being stretched until its best looks good; a list that is all at
    that lowest value becomes all 0.

    Source: Bruch, Gai, Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval" (arXiv 2210.11934), Section 4.

    Raises:
        UsageError: ``theoretical`` for a score whose lowest value nobody declared.
    """
    import numpy as np

    given = np.asarray(scores, dtype=np.float64)
    count = len(given)
    if not count:
        return given, None
    top, bottom = float(given.max()), float(given.min())
    if how == "theoretical":
        low = score_meaning(name).low
        if low is None:
            raise UsageError(
                f"the score {name!r} has no known lowest value, which 'normalise: theoretical' needs",
                hint="use 'normalise: min_max'",
            )
        if top <= low:
            return np.zeros(count), f"all {count} scores {name!r} are at their lowest, {low:g}: they count 0"
        return (given - low) / (top - low), None
    if top == bottom:
        said = f"all {count} scores {name!r} are equal ({top:g}): each counts as 1" if count > 1 else None
        return np.ones(count), said
    return (given - bottom) / (top - bottom), None
