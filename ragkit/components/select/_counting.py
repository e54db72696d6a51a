"""What the two selectors that count do around their rule: they cut by position and compare no scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ragkit.components.select._selection import read_ranking
from ragkit.components.select.rules.cut import Cut
from ragkit.types import Decision, Passage, Passages, Result


def select_by_position(
    passages: Passages,
    score: str | None,
    rule: Callable[[Sequence[Passage]], tuple[Sequence[int], Cut]],
) -> Result[Passages]:
    """Keeps the positions that a rule names, of the list as it stands or in the order of ``score``.

    Raises:
        UsageError: A passage lacks the score that is named.
    """
    if not passages:
        return Result(passages, Decision("select", "kept 0 of 0: there was nothing to choose from", kept=0, of=0))
    items: Sequence[Passage] = passages
    name, note = passages.ranked_by, ""
    warnings: list[str] = []
    if score is not None:
        ranking = read_ranking(passages, score)
        items, name, note = ranking.items, ranking.name, ranking.note
        warnings.extend(ranking.warnings)
    chosen, cut = rule(items)
    if name is None and 0 < cut.kept < len(items):
        warnings.append(
            "the list was not ordered by a score, so these are its first passages and not its best; 'score' names one"
        )
    decision = Decision(
        "select",
        f"kept {cut.kept} of {len(items)}: {note}{cut.why}",
        kept=cut.kept,
        of=len(items),
        details={"score_name": name, "rank": cut.rank, **cut.details},
    )
    return Result(Passages([items[i] for i in chosen], name), decision, (*warnings, *cut.warnings))
