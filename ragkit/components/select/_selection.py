"""What every selector does around its rule: read the scores, apply the limits, say what was decided and why."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from ragkit.component import BINDABLE, Parameters
from ragkit.components.select.rules.count import fit_tokens
from ragkit.components.select.rules.cut import Cut, descend
from ragkit.errors import UsageError, did_you_mean
from ragkit.scores import score_meaning
from ragkit.types import Decision, Passage, Passages, Result

_CURVE = 200
"""The most scores that a decision carries beyond twice what was kept; ``curve_of`` says how many there were."""


class Limits(Parameters):
    """The parameters that every selector which compares scores has."""

    score: str | None = Field(None, description="the score to cut on; without it, the one that ordered the list")
    minimum: Annotated[int, BINDABLE] = Field(0, ge=0, description="keep at least so many passages, where there are")
    maximum: Annotated[int | None, BINDABLE] = Field(None, ge=0, description="keep at most so many passages")
    max_tokens: Annotated[int | None, BINDABLE] = Field(
        None, ge=1, description="keep at most so many tokens of title and text; stops before the passage that passes it"
    )


@dataclass(frozen=True, slots=True)
class Ranking:
    """Passages in descending order of one score. ``note`` tells of a new order, for the reason."""

    items: Sequence[Passage]
    scores: list[float]
    name: str
    note: str = ""
    warnings: tuple[str, ...] = ()


def check_limits(limits: Limits) -> str | None:
    """What is wrong between the limits, as one sentence."""
    if limits.maximum is not None and limits.minimum > limits.maximum:
        return f"'minimum' ({limits.minimum}) is above 'maximum' ({limits.maximum})"
    return None


def read_ranking(passages: Passages, score: str | None) -> Ranking:
    """The passages by the score ``score``, or by the one that ordered the list.

    A list that is not in that order is put in it, stably; where that is not what ``score`` asked for, with a warning.

    Raises:
        UsageError: No score is named and none ordered the list, or a passage lacks the score or has one that is not a
            finite number.
    """
    name = score if score is not None else passages.ranked_by
    if name is None:
        known = sorted({known for passage in passages for known in passage.scores})
        have = f"its passages have the scores {', '.join(map(repr, known))}" if known else "its passages have no scores"
        raise UsageError(
            f"the list of {len(passages)} passages was not ordered by a score, so there is none to read; {have}",
            hint=f"name the score on this step, 'score: {known[0] if known else 'cosine'}', or put an "
            "'order.by_score' or a 'rerank' step before it",
        )
    scores = _read_scores(passages, name)
    if descend(scores):
        return Ranking(passages, scores, name)
    order = sorted(range(len(scores)), key=lambda i: -scores[i])
    items, ordered = tuple(passages[i] for i in order), [scores[i] for i in order]
    if score is not None and score != passages.ranked_by:
        return Ranking(items, ordered, name, note=f"ordered by {name!r} first; ")
    warning = f"the list says that {name!r} ordered it, but its scores do not descend: it was put in that order"
    return Ranking(items, ordered, name, warnings=(warning,))


def _read_scores(passages: Passages, name: str) -> list[float]:
    """The scores of a list, at once where there is nothing to say about one of them."""
    try:
        scores = list(map(float, passages.score_list(name)))
    except (KeyError, TypeError):
        scores = [math.nan]
    return scores if math.isfinite(sum(scores)) else [read_score(passage, name) for passage in passages]


def read_score(passage: Passage, name: str) -> float:
    """A passage's score of that name.

    Raises:
        UsageError: It has none, or one that is not a finite number.
    """
    value = passage.scores.get(name)
    if value is None:
        known = sorted(passage.scores)
        raise UsageError(
            f"passage {passage.id!r} has no score {name!r}; it has {', '.join(map(repr, known)) or 'none'}"
            f"{did_you_mean(name, known)}",
            hint="name a score that all passages have with 'score', or give them one ('rerank', 'fuse.convex')",
        )
    if not math.isfinite(value):
        raise UsageError(f"the score {name!r} of passage {passage.id!r} is {value}, which cannot be compared")
    return float(value)


def token_sizes(passages: Sequence[Passage]) -> list[int]:
    """The token counts of the passages.

    Raises:
        UsageError: A passage has none.
    """
    sizes = []
    for passage in passages:
        if passage.tokens is None:
            raise UsageError(
                f"passage {passage.id!r} has no token count, and a token limit needs one",
                hint="passages from an index have it; limit others by number ('maximum', 'select.top_k')",
            )
        sizes.append(passage.tokens)
    return sizes


def select(passages: Passages, limits: Limits, rule: Callable[[Sequence[float]], Cut]) -> Result[Passages]:
    """Applies a rule and the limits to a list of passages.

    Returns the kept passages in descending order of the score that was read, which is their ``ranked_by``. The decision
    holds the score curve, the cut and the reason; warnings say where rule or limits decided little or too much.

    Raises:
        UsageError: The list has no score to read, or a token limit meets a passage without a count.
    """
    if not passages:
        why = "there was nothing to choose from"
        return Result(passages, Decision("select", f"kept 0 of 0: {why}", kept=0, of=0))
    conflict = check_limits(limits)
    if conflict is not None:
        raise UsageError(conflict)
    ranking = read_ranking(passages, limits.score)
    cut = rule(ranking.scores)
    warnings = [*ranking.warnings, *_ranks_are_no_distances(ranking), *cut.warnings]
    kept, before_tokens, notes = _apply_limits(ranking, limits, cut.kept, warnings)
    if kept == 0 and cut.kept == 0:
        warnings.append(f"none of the {len(passages)} passages was kept")
    count = len(ranking.items)
    shown = min(count, max(_CURVE, 2 * kept))
    details: dict[str, Any] = {
        "score_name": ranking.name,
        "curve": ranking.scores[:shown],
        "curve_of": count,
        "rank": cut.rank,
        "before_tokens": before_tokens,
        **cut.details,
    }
    decision = Decision(
        "select",
        f"kept {kept} of {count}: {ranking.note}{cut.why}{notes}",
        kept=kept,
        of=count,
        score=cut.score,
        threshold=cut.threshold,
        details=details,
    )
    return Result(Passages(ranking.items[:kept], ranking.name), decision, tuple(warnings))


def _ranks_are_no_distances(ranking: Ranking) -> list[str]:
    if score_meaning(ranking.name).kind != "rank":
        return []
    others = sorted(set(ranking.items[0].scores) - {ranking.name})
    other = f"; the passages also have {', '.join(map(repr, others))}" if others else ""
    return [
        f"the list is ordered by {ranking.name!r}, which is made of ranks: its differences say nothing about how much "
        f"better a passage is, so this cut means little. Fuse scores instead (retrieve.hybrid does, or fuse.convex), "
        f"or name another with 'score'{other}"
    ]


def _apply_limits(ranking: Ranking, limits: Limits, kept: int, warnings: list[str]) -> tuple[int, int, str]:
    """How many are kept, how many were before ``max_tokens`` was looked at, and what to say about it."""
    notes = ""
    count = len(ranking.items)
    if kept < min(limits.minimum, count):
        kept = min(limits.minimum, count)
        notes += f"; raised to the minimum of {limits.minimum}"
    if limits.maximum is not None and kept > limits.maximum:
        warnings.append(f"'maximum' held the selection to {limits.maximum} of {kept} passages")
        notes += f"; held to the maximum of {limits.maximum}"
        kept = limits.maximum
    before_tokens = kept
    if limits.max_tokens is not None:
        fitting = fit_tokens(token_sizes(ranking.items[:kept]), limits.max_tokens)
        if fitting < kept:
            warnings.append(f"'max_tokens' ({limits.max_tokens}) cut the selection from {kept} to {fitting} passages")
            notes += f"; the first {fitting} fit into {limits.max_tokens} tokens"
            kept = fitting
    return kept, before_tokens, notes
