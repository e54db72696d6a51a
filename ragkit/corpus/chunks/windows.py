"""Filling windows with units (sentences, words) up to a budget, with overlap."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ragkit.corpus.chunks.budget import Budget
from ragkit.corpus.chunks.segmenting import Span

Back = Callable[[int, int, Sequence[int]], int]


def fill_windows(text: str, spans: Sequence[Span], budget: Budget, back: Back) -> list[Span]:
    """Windows over consecutive units: each as long as the budget allows, together all of them.

    Units are added up by their own counts and the window is then counted as a whole, so a tokenizer that counts
    neighbours together cannot push a window over the budget.

    Args:
        text: The document's text.
        spans: The units, in order; one that does not fit is cut, at words where it can be.
        budget: What fits.
        back: Where the next window starts, given the first unit of this one, one past its last, and the tokens of every
            unit. The answer is moved forward as far as the next window needs to hold something new.
    """
    units, costs = _fitting(text, spans, budget)
    windows: list[Span] = []
    first, reached = 0, 0
    while reached < len(units):
        stop = _fill(text, units, costs, first, budget)
        if stop <= reached:
            # The overlap left no room for anything new.
            first = first + 1 if first + 1 <= reached else reached
            continue
        windows.append((units[first][0], units[stop - 1][1]))
        first, reached = min(max(back(first, stop, costs), first + 1), stop), stop
    return windows


def _fitting(text: str, spans: Sequence[Span], budget: Budget) -> tuple[list[Span], list[int]]:
    """The units with their costs; one that does not fit is cut."""
    units: list[Span] = []
    costs: list[int] = []
    for span, cost in zip(spans, budget.costs(text, spans), strict=True):
        if cost < budget.room or budget.fits(text[span[0] : span[1]]):
            units.append(span)
            costs.append(cost)
        else:
            pieces = budget.split(text, span)
            units.extend(pieces)
            costs.extend(budget.costs(text, pieces))
    return units, costs


def _fill(text: str, units: Sequence[Span], costs: Sequence[int], first: int, budget: Budget) -> int:
    """One past the last unit of the longest window that starts at ``first``; at least one unit."""
    stop, used = first + 1, costs[first]
    while stop < len(units) and used + costs[stop] <= budget.room:
        used += costs[stop]
        stop += 1
    while stop > first + 1 and not budget.fits(text[units[first][0] : units[stop - 1][1]]):
        stop -= 1
    return stop
