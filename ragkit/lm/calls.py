"""One call of an LM by DSPy: which rollout it is, and how many samples of it have been asked for."""

from __future__ import annotations

import contextlib
import contextvars
import itertools
from collections.abc import Iterator


class Call:
    """One call; ``rollout`` tells samples of equal requests apart in the cache."""

    def __init__(self, rollout: int | None) -> None:
        self.rollout = rollout
        self._samples = itertools.count()

    def sample(self) -> int:
        """The number of the next sample, from 0."""
        return next(self._samples)


_CURRENT: contextvars.ContextVar[Call | None] = contextvars.ContextVar("ragkit_lm_call", default=None)


def current_call() -> Call:
    """The call around the caller; a new one where there is none."""
    return _CURRENT.get() or Call(None)


@contextlib.contextmanager
def call(rollout: int | None) -> Iterator[Call]:
    """The requests inside the block are samples of one call."""
    one = Call(rollout)
    token = _CURRENT.set(one)
    try:
        yield one
    finally:
        _CURRENT.reset(token)
