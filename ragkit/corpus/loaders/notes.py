"""What a loader has to tell although it went on: counted by kind, with the first places of each."""

from __future__ import annotations

from collections.abc import Callable

_SHOWN = 5


class Notes:
    """Collects warnings while documents are read.

    A thousand empty lines are one sentence with a count and the first places, not a thousand sentences.
    """

    def __init__(self) -> None:
        self._places: dict[tuple[str, str], list[str]] = {}

    def add(self, one: str, many: str, place: str) -> None:
        """Counts one finding.

        Args:
            one: The sentence for a single finding, without its place: ``"a document without text was left out"``.
            many: What follows the number where there are several: ``"documents without text were left out"``.
            place: The file, and its line where there is one.
        """
        self._places.setdefault((one, many), []).append(place)

    def messages(self) -> list[str]:
        """One sentence for each kind of finding, in the order in which the kinds first came up."""
        found = []
        for (one, many), places in self._places.items():
            if len(places) == 1:
                found.append(f"{one}: {places[0]}")
                continue
            shown = ", ".join(places[:_SHOWN])
            rest = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
            found.append(f"{len(places)} {many}: {shown}{rest}")
        return found

    def tell(self, warn: Callable[[str], None]) -> None:
        """Hands each message to ``warn``, once: a second call has nothing left to say."""
        messages = self.messages()
        self._places.clear()
        for message in messages:
            warn(message)
