"""Kneedle: cut at the knee of the score curve (Satopää et al. 2011, "Finding a 'Kneedle' in a Haystack")."""

from __future__ import annotations

from collections.abc import Sequence

from ragkit.components.select.rules.cut import TIE, Cut, check_descending, gap_details, is_flat, show


def knee(scores: Sequence[float], *, sensitivity: float = 1.0) -> Cut:
    """Keeps what stands before the first knee.

    The curve of scores over ranks is taken as convex and falling. Both axes are stretched to 0..1 and the curve is
    flipped, ``d`` is its height above the diagonal, and each local maximum of ``d`` may be a knee. It is one when ``d``
    falls below ``maximum - sensitivity/(n-1)`` before it reaches the next local maximum; a local minimum on the way
    lowers that bar to 0. The knee is the first rank of the flat part, so that the ranks before it are kept. Without a
    knee everything is kept.

    Args:
        scores: In descending order.
        sensitivity: S in the paper, at least 0: how much flat curve must follow before a knee is believed; 1 is usual.

    Raises:
        ValueError: The scores do not descend.
    """
    check_descending(scores)
    n = len(scores)
    if n < 3:
        return Cut(n, f"{n} scores have no knee" if n else "there was nothing to choose from")
    if is_flat(scores):
        return Cut(n, "all scores are equal", warnings=(f"all {n} scores are equal: knee keeps everything",))
    span = scores[0] - scores[-1]
    height = [(scores[0] - score) / span - i / (n - 1) for i, score in enumerate(scores)]
    rank = _first_knee(height, sensitivity)
    if rank is None:
        warning = f"the score curve has no knee at sensitivity {sensitivity:g}: everything is kept"
        return Cut(n, "the score curve has no knee", warnings=(warning,))
    high, low = scores[rank - 1], scores[rank]
    warnings = ("the knee is right after the first score",) if rank == 1 else ()
    return Cut(
        rank,
        f"the score curve bends after rank {rank} ({show(high, low)} to {show(low, high)})",
        rank=rank,
        score=high,
        warnings=warnings,
        details={**gap_details(scores, rank), "height": height[rank]},
    )


def _first_knee(height: Sequence[float], sensitivity: float) -> int | None:
    """The index of the first confirmed local maximum of the difference curve; both ends are 0 and never one."""
    candidate: int | None = None
    bar = 0.0
    for i in range(1, len(height)):
        if candidate is not None and height[i] < bar - TIE:
            return candidate
        if i == len(height) - 1:
            break
        before, after = height[i] - height[i - 1], _next_step(height, i)
        if before > TIE and after < 0:
            candidate, bar = i, height[i] - sensitivity / (len(height) - 1)
        elif candidate is not None and before < -TIE and after > 0:
            bar = 0.0
    return None


def _next_step(height: Sequence[float], i: int) -> float:
    """The first change after ``i`` that is more than rounding, so that a level stretch is one point; 0 if none."""
    return next((later - height[i] for later in height[i + 1 :] if abs(later - height[i]) > TIE), 0.0)
