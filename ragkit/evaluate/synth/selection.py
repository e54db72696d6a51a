"""Which drafts are kept: so many of each kind, of all methods and documents, no two alike, on one side of a split."""

from __future__ import annotations

import random
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ragkit.evaluate.questions import KINDS, Kind
from ragkit.evaluate.synth.draft import Draft, Method
from ragkit.evaluate.synth.filters import Filters, Reason, key

if TYPE_CHECKING:
    from ragkit.corpus.encoder.vectors import Vectors
    from ragkit.corpus.reader import Reader

Side = Literal["tune", "report"]
SHARES: Mapping[Kind, float] = {"single": 0.5, "multi": 0.2, "aggregate": 0.1, "none": 0.1, "unanswerable": 0.1}
"""How many of each kind there are, where all are asked for."""
WEIGHTS: Mapping[Method, int] = {
    "definition": 4, "subject": 3, "clause": 3, "sentence": 3, "count": 2, "amount": 2, "result": 2,
    "year": 2, "agent": 2, "which-of-two": 3, "same-abbreviation": 2, "two-names": 2, "mention": 2, "two-questions": 2,
    "swapped-name": 3, "never-together": 2,
}  # fmt: skip
"""How often a method has its turn; those that are not named have one."""
_ALIKE = 0.95
_OF_A_DOCUMENT = (1, 2, 3, sys.maxsize)
"""A document is asked so many questions of a kind before all others have been; in the end as many as it takes."""
_LOOKED_AT = 4


def quotas(n: int, kinds: Iterable[Kind]) -> dict[Kind, int]:
    """How many questions of each kind make ``n``; the largest remainders get what rounding leaves."""
    wanted = [kind for kind in KINDS if kind in set(kinds)]
    total = sum(SHARES[kind] for kind in wanted)
    exact = {kind: n * SHARES[kind] / total for kind in wanted}
    found = {kind: int(exact[kind]) for kind in wanted}
    for kind in sorted(wanted, key=lambda kind: found[kind] - exact[kind])[: n - sum(found.values())]:
        found[kind] += 1
    return found


@dataclass(frozen=True, slots=True)
class Kept:
    """A draft that was kept, and its side of the split; None without one."""

    draft: Draft
    side: Side | None


class Selection:
    """Chooses drafts, one kind after the other.

    Args:
        reader: Encodes questions, to find those that are alike.
        filters: What a draft has to pass.
        split: The share of questions to tune on; None for no split.
        found_back: Says whether a retriever finds a draft's documents; None asks nobody.
        rng: Chooses between drafts.
        harder: Makes the question of one document harder, where it can.
        trivial: Says that a question of one document is too easy; it is passed over while there are others near by.
    """

    def __init__(
        self,
        reader: Reader,
        filters: Filters,
        split: float | None,
        found_back: Callable[[Draft], bool] | None,
        rng: random.Random,
        harder: Callable[[Draft], Draft] = lambda draft: draft,
        trivial: Callable[[Draft], bool] = lambda _: False,
    ) -> None:
        self.kept: list[Kept] = []
        self.dropped: Counter[Reason] = Counter()
        self._reader = reader
        self.filters = filters
        self._shares: dict[Side, float] = {} if split is None else {"tune": split, "report": 1 - split}
        self._found_back = found_back
        self._rng = rng
        self._harder = harder
        self._trivial = trivial
        self._keys: set[str] = set()
        self._vectors: list[Vectors] = []
        self._sides: dict[str, Side] = {}
        self._used: Counter[tuple[Kind, str]] = Counter()

    def take(self, drafts: Iterable[Draft], wanted: int) -> int:
        """Keeps up to ``wanted`` of these drafts, which are of one kind; returns how many.

        Methods take turns by their weights. Documents that have no question yet come first, and of the next few drafts
        of a method one that is not trivial.
        """
        pools: dict[Method, deque[Draft]] = {}
        for draft in drafts:
            pools.setdefault(draft.method, deque()).append(draft)
        for method in sorted(pools):
            shuffled = list(pools[method])
            self._rng.shuffle(shuffled)
            pools[method] = deque(shuffled)
        taken = 0
        for most in _OF_A_DOCUMENT:
            waiting = {method: deque[Draft]() for method in pools}
            for method in _turns(pools):
                if taken == wanted:
                    return taken
                found = self._next(pools[method], waiting[method], most)
                taken += self._keep(found) if found is not None else False
            pools = waiting
        return taken

    def _next(self, pool: deque[Draft], waiting: deque[Draft], most: int) -> Draft | None:
        """The next draft of a method; those whose documents have had ``most`` questions are put off."""
        passed_over: list[Draft] = []
        chosen = None
        while pool and chosen is None and len(passed_over) < _LOOKED_AT:
            draft = pool.popleft()
            if draft.kind in ("single", "multi") and any(self._used[draft.kind, id] >= most for id in draft.made_from):
                waiting.append(draft)
                continue
            chosen = self._harder(draft) if draft.kind == "single" else draft
            if draft.kind == "single" and self._trivial(chosen):
                passed_over.append(chosen)
                chosen = None
        if chosen is None and passed_over:
            chosen = passed_over.pop(0)
        pool.extend(passed_over)
        return chosen

    def take_endless(self, drafts: Iterator[Draft], wanted: int) -> int:
        """Keeps ``wanted`` drafts of a source that does not end, unless it only repeats itself."""
        taken = misses = 0
        while taken < wanted and misses < 50 * (wanted + 10):
            kept = self._keep(next(drafts))
            taken, misses = taken + kept, misses + (not kept)
        return taken

    def _keep(self, draft: Draft) -> bool:
        reason = self.filters.fails(draft) or self._repeats(draft)
        side: Side | None = None
        if reason is None and self._shares:
            side = self._side(draft)
            reason = "crosses-split" if side is None else None
        if reason is None and self._found_back is not None and draft.gold_ids and not self._found_back(draft):
            reason = "not-found-back"
        if reason is not None:
            self.dropped[reason] += 1
            return False
        self._keys.add(key(draft))
        self._vectors.append(self._reader.encode([draft.question])[0])
        self._used.update((draft.kind, id) for id in draft.made_from)
        if side is not None:
            self._sides.update(dict.fromkeys(draft.made_from, side))
        self.kept.append(Kept(draft, side))
        return True

    def _repeats(self, draft: Draft) -> Reason | None:
        if key(draft) in self._keys:
            return "duplicate"
        # Sums and conversions are alike but for their numbers, and these are what is asked.
        if draft.kind == "none" or not self._vectors:
            return None
        vector = self._reader.encode([draft.question])[0]
        return "duplicate" if float(np.max(np.stack(self._vectors) @ vector)) > _ALIKE else None

    def _side(self, draft: Draft) -> Side | None:
        """The side that the draft's documents are on; where they are on none, the one that has too few of its kind."""
        sides = {self._sides[id] for id in draft.made_from if id in self._sides}
        if len(sides) > 1:
            return None
        if sides:
            return sides.pop()
        counts = Counter(kept.side for kept in self.kept if kept.draft.kind == draft.kind)
        open_sides = [side for side, share in self._shares.items() if share > 0]
        return min(open_sides, key=lambda side: (counts[side] + 1) / self._shares[side])


def _turns(pools: Mapping[Method, deque[Draft]]) -> Iterator[Method]:
    """Which method is next, in proportion to their weights, until all pools are empty."""
    credit = dict.fromkeys(pools, 0.0)
    while True:
        left = [method for method, pool in pools.items() if pool]
        if not left:
            return
        for method in left:
            credit[method] += WEIGHTS.get(method, 1)
        chosen = max(left, key=lambda method: (credit[method], method))
        credit[chosen] -= sum(WEIGHTS.get(method, 1) for method in left)
        yield chosen
