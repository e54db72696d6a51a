"""Which sentences are kept: the best of each passage first, then the best of all, as far as the tokens go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple


class Kept(NamedTuple):
    """What is kept of a passage: some of its sentences, and the tokens that it then has."""

    sentences: frozenset[int]
    tokens: int


def choose(
    ranked: Sequence[tuple[int, int]], size: Callable[[int, frozenset[int]], int], budget: int, minimum: int
) -> dict[int, Kept]:
    """Chooses sentences.

    First each passage, in the order of the list, gets its best ``minimum`` sentences, where they still fit; then
    sentences are added best first, until one does not fit.

    Args:
        ranked: Every sentence as (passage, sentence), best first.
        size: The tokens of a passage that is cut to some of its sentences, its title included.
        budget: The most tokens of all passages together.
        minimum: How many sentences each passage gets first.

    Returns:
        What is kept of each passage of which something is.
    """
    kept: dict[int, Kept] = {}

    def grow(passage: int, sentences: frozenset[int]) -> bool:
        before = kept.get(passage, _NOTHING)
        wanted = before.sentences | sentences
        tokens = size(passage, wanted)
        if sum(one.tokens for one in kept.values()) - before.tokens + tokens > budget:
            return False
        kept[passage] = Kept(wanted, tokens)
        return True

    best: dict[int, list[int]] = {}
    for passage, sentence in ranked:
        best.setdefault(passage, []).append(sentence)
    for passage in sorted(best) if minimum else ():
        grow(passage, frozenset(best[passage][:minimum]))
    for passage, sentence in ranked:
        if sentence not in kept.get(passage, _NOTHING).sentences and not grow(passage, frozenset([sentence])):
            break
    return kept


_NOTHING = Kept(frozenset(), 0)
