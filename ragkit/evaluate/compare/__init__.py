"""Comparison of evaluations on the same questions."""

from __future__ import annotations

from ragkit.evaluate.compare.comparison import Comparison, compare
from ragkit.evaluate.compare.side import Side

__all__ = ["Comparison", "Side", "compare"]
