"""The sizes of a step's inputs, for the text of its error: enough to see what it was given, without its content."""

from __future__ import annotations

from collections.abc import Mapping, Sized
from typing import Any

from ragkit.types import Parts, Passages


def sizes(inputs: Mapping[str, Any]) -> str:
    """``passages: 50 passages, question: 41 characters``."""
    return ", ".join(f"{name}: {_size(value)}" for name, value in inputs.items())


def _size(value: Any) -> str:
    if isinstance(value, Passages):
        return f"{len(value)} passages"
    if isinstance(value, str):
        return f"{len(value)} characters"
    if isinstance(value, (Parts, list, tuple)):
        return f"{len(value)} items"
    if isinstance(value, Sized):
        return f"{type(value).__name__} of {len(value)}"
    return type(value).__name__
