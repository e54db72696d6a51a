"""Batches whose items share a first step, such as one encoding, and otherwise run one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


def each_alone(run: Callable[..., T], items: Sequence[Mapping[str, Any]]) -> list[T | Exception]:
    """What ``run`` gives for each item, or the exception that it raised: one that fails does not fail the others."""
    outcomes: list[T | Exception] = []
    for item in items:
        try:
            outcomes.append(run(**item))
        except Exception as error:
            outcomes.append(error)
    return outcomes
