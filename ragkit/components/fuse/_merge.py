"""What every fusion shares: one passage for each id, and a weight for each list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ragkit.errors import UsageError
from ragkit.trace.words import counted
from ragkit.types import Decision, Parts, Passage, Passages


@dataclass(slots=True)
class Pool:
    """The passages of several lists, each once, in the order of first occurrence, with all their scores."""

    items: dict[str, Passage] = field(default_factory=dict)
    shared: int = 0
    warnings: list[str] = field(default_factory=list)


def pool(lists: Sequence[Passages]) -> Pool:
    """Merges lists by passage id.

    A passage is kept as it first occurs. Scores are collected from everywhere; of two values under one name (two
    queries give two cosines) the higher one stays, as a higher score is always the better one. Two different texts
    under one id are warned about.
    """
    merged = Pool()
    seen_in: dict[str, int] = {}
    for passages in lists:
        for passage in passages:
            known = merged.items.get(passage.id)
            if known is None:
                merged.items[passage.id] = passage
                continue
            seen_in[passage.id] = 1
            if known.text != passage.text:
                merged.warnings.append(f"passage {passage.id!r} has two different texts; the first one was kept")
            if passage.scores != known.scores:
                merged.items[passage.id] = known.with_scores(_best(known.scores, passage.scores))
    merged.shared = len(seen_in)
    return merged


def _best(left: Mapping[str, float], right: Mapping[str, float]) -> dict[str, float]:
    best = dict(left)
    for name, value in right.items():
        best[name] = max(value, best[name]) if name in best else value
    return best


def list_weights(lists: Parts[Passages], weights: Sequence[float] | None) -> list[float]:
    """The weight of each list: that of the reference it came from, so that it covers every part of a spliced one.

    Raises:
        UsageError: There are more references than weights.
    """
    if weights is None:
        return [1.0] * len(lists)
    needed = max(lists.origins, default=-1) + 1
    if needed > len(weights):
        raise UsageError(
            f"'weights' has {len(weights)} numbers, but 'passages' has at least {needed} references",
            hint="write one weight for each reference under 'passages', in the same order",
        )
    return [weights[origin] for origin in lists.origins]


def check_weights(weights: Sequence[float] | None) -> str | None:
    """What is wrong with a list of weights, as one sentence."""
    if weights is not None and not any(weight > 0 for weight in weights):
        return f"'weights' {list(weights)} has no weight above 0"
    return None


def fused(
    lists: Parts[Passages], merged: Pool, scores: Mapping[str, float], name: str, details: Mapping[str, Any]
) -> tuple[Passages, Decision]:
    """The merged passages in descending order of a fused score (equal ones in order of first occurrence)."""
    order = sorted(merged.items, key=lambda key: -scores[key])
    passages = Passages([merged.items[key].scored(name, scores[key]) for key in order], name)
    return passages, Decision("fuse", account(lists, merged), kept=len(passages), of=sum(map(len, lists)),
                              details={"lists": describe(lists), "shared": merged.shared, **details})  # fmt: skip


def describe(lists: Parts[Passages]) -> list[dict[str, Any]]:
    """Each list's reference (from 0), size and the score that ordered it."""
    return [
        {"reference": origin, "size": len(passages), "ranked_by": passages.ranked_by}
        for origin, passages in zip(lists.origins, lists, strict=True)
    ]


def account(lists: Parts[Passages], merged: Pool) -> str:
    """One sentence: how many lists of which sizes became how many passages."""
    sizes = ", ".join(str(len(passages)) for passages in lists)
    noun = "passage" if len(lists) == 1 and len(lists[0]) == 1 else "passages"
    of = f" of {sizes} {noun}" if lists else ""
    return (
        f"{counted(len(lists), 'list')}{of} became {counted(len(merged.items), 'passage')}; "
        f"{merged.shared} {'was' if merged.shared == 1 else 'were'} found more than once"
    )
