"""Autocut: cut at the N-th jump of the score curve (the rule of the Weaviate database)."""

from __future__ import annotations

from collections.abc import Sequence

from ragkit.components.select.rules.cut import TIE, Cut, check_descending, gap_details, is_flat, show


def autocut(scores: Sequence[float], *, jumps: int = 1) -> Cut:
    """Keeps what stands above the ``jumps``-th jump.

    Ranks and scores are stretched to the unit square, so that the curve runs from (0, 0) to (1, 1) as scores fall. The
    distance of the curve above the diagonal is ``d``; a jump is a rank where ``d`` is higher than at both neighbours
    (the last rank: than at the two before it), that is, where a fall has just ended. All ranks before the jump's own
    are kept; with fewer jumps than asked for, everything is.

    Args:
        scores: In descending order.
        jumps: At which jump to cut, from 1.

    Raises:
        ValueError: The scores do not descend.
    """
    check_descending(scores)
    n = len(scores)
    if n < 2:
        return Cut(n, "one score has no jumps" if n else "there was nothing to choose from")
    if is_flat(scores):
        return Cut(n, "all scores are equal", warnings=(f"all {n} scores are equal: autocut keeps everything",))
    span = scores[0] - scores[-1]
    above = [(scores[0] - score) / span - i / (n - 1) for i, score in enumerate(scores)]
    found = [i for i in range(1, n) if _is_peak(above, i)]
    details = {"jumps": [i for i in found[:100]]}
    if len(found) < jumps:
        has = f"the curve has {len(found)} jump{'' if len(found) == 1 else 's'}"
        warning = f"{has}, autocut was asked to cut at jump {jumps}: everything is kept"
        return Cut(n, f"{has} where {jumps} {'was' if jumps == 1 else 'were'} asked for", warnings=(warning,),
                   details=details)  # fmt: skip
    rank = found[jumps - 1]
    high, low = scores[rank - 1], scores[rank]
    warnings = ("autocut cut right after the first score",) if rank == 1 else ()
    return Cut(
        rank,
        f"jump {jumps} of the score curve is after rank {rank} ({show(high, low)} to {show(low, high)})",
        rank=rank,
        score=high,
        warnings=warnings,
        details={**gap_details(scores, rank), **details},
    )


def _is_peak(above: Sequence[float], i: int) -> bool:
    others = (i - 1, i - 2) if i == len(above) - 1 else (i - 1, i + 1)
    return all(above[i] > above[other] + TIE for other in others if other >= 0)
