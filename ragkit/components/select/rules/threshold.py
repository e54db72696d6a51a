"""Thresholds: keep what scores at least so much, in absolute terms or below the best."""

from __future__ import annotations

from collections.abc import Sequence

from ragkit.components.select.rules.cut import Cut, check_descending, show


def threshold(
    scores: Sequence[float], *, at_least: float | None = None, relative: float | None = None,
    within: float | None = None,
) -> Cut:  # fmt: skip
    """Keeps the scores that satisfy every bound that is given.

    ``at_least`` is the bound itself. ``relative`` is a share a of the top score s1: the bound is
    ``s1 - (1 - a)*|s1|``, which is ``a*s1`` for a positive s1 and lies as far below a negative one, where ``a*s1``
    would drop the top score too. ``within`` is a distance d: the bound is ``s1 - d``, and it alone does not change
    when a constant is added to all scores.

    Args:
        scores: In descending order.
        at_least: In the unit of the scores.
        relative: From 0 to 1.
        within: At least 0, in the unit of the scores.

    Raises:
        ValueError: The scores do not descend, or no bound is given.
    """
    check_descending(scores)
    if at_least is None and relative is None and within is None:
        raise ValueError("no bound is given: at_least, relative or within")
    if not scores:
        return Cut(0, "there was nothing to choose from", threshold=at_least)
    top = scores[0]
    bounds: list[tuple[float, str]] = []
    if at_least is not None:
        bounds.append((at_least, f"at least {show(at_least)}"))
    if relative is not None:
        bound = relative * top if top > 0 else (2 - relative) * top
        bounds.append((bound, f"at least {show(bound)} ({relative:g} of the top score {show(top)})"))
    if within is not None:
        bounds.append((top - within, f"at least {show(top - within)} ({within:g} below the top score {show(top)})"))
    bound, text = max(bounds, key=lambda pair: pair[0])
    kept = next((i for i, score in enumerate(scores) if score < bound), len(scores))
    warnings = []
    if relative is not None and top <= 0:
        warnings.append(
            f"the top score is {show(top)}: a share of it is no bound below it, so the same distance is taken "
            f"downwards; 'within' says a distance outright"
        )
    best = f"the best scores {show(top)}, and " if kept == 0 else ""
    return Cut(kept, f"{best}{'none' if kept == 0 else kept} scored {text}", rank=kept or None,
               score=scores[kept - 1] if kept else top, threshold=bound, warnings=tuple(warnings),
               details={"score_at_cut": scores[kept - 1] if kept else None,
                        "next_score": scores[kept] if kept < len(scores) else None})  # fmt: skip
