"""The page of a comparison: one HTML file that opens without a network."""

from __future__ import annotations

from ragkit.evaluate.compare.page.page import page, require

__all__ = ["page", "require"]
