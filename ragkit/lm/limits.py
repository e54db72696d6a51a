"""How many requests may be under way at one LM, for the whole process."""

from __future__ import annotations

import threading

DEFAULT = 8
"""Requests at one LM at a time, where a file does not say."""

_LOCK = threading.Lock()
_LIMITS: dict[str, Limit] = {}


class Limit:
    """A limit that every pipeline of the process shares; the smallest number that any of them asked for holds."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._running = 0
        self._changed = threading.Condition()

    def lower(self, most: int) -> None:
        """Takes a smaller number over."""
        with self._changed:
            self._most = min(self._most, most)

    def __enter__(self) -> Limit:
        with self._changed:
            while self._running >= self._most:
                self._changed.wait()
            self._running += 1
        return self

    def __exit__(self, *exc: object) -> None:
        with self._changed:
            self._running -= 1
            self._changed.notify()


def limit(where: str, most: int) -> Limit:
    """The limit of one LM.

    Args:
        where: The model and its address.
        most: The number that the caller asks for.
    """
    with _LOCK:
        found = _LIMITS.get(where)
        if found is None:
            found = _LIMITS[where] = Limit(most)
        else:
            found.lower(most)
        return found
