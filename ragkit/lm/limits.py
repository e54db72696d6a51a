"""How many requests may be under way at one LM, for the whole process."""

from __future__ import annotations

import threading
import weakref

_LOCK = threading.Lock()
_LIMITS: dict[str, _Place] = {}


class Limit:
    """One engine's claim on an LM: a block within it is one request, and waits for its turn.

    Args:
        where: The model and its address.
        most: The number that the engine asks for; the smallest that any living engine asks for holds for all.
    """

    def __init__(self, where: str, most: int) -> None:
        self.most = most
        with _LOCK:
            self._place = _LIMITS.setdefault(where, _Place())
        self._place.claims.add(self)

    def __enter__(self) -> None:
        place = self._place
        with place.changed:
            place.changed.wait_for(lambda: place.running < min(claim.most for claim in place.claims))
            place.running += 1

    def __exit__(self, *exc: object) -> None:
        with self._place.changed:
            self._place.running -= 1
            self._place.changed.notify()


class _Place:
    """One LM: what runs there, and who claims how much."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.claims: weakref.WeakSet[Limit] = weakref.WeakSet()
        self.running = 0
