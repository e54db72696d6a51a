"""Numbers by which an LM refers to numbered things (passages, statements), checked against what there is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from ragkit.trace.words import counted

_NUMBER = re.compile(r"\d+")
_DIGITS = 9
"""Nothing has a number of more digits; Python refuses to read very long ones."""


class References(NamedTuple):
    """What an LM referred to: ``numbers`` that exist, in its order and each once, and ``unknown`` ones that do not."""

    numbers: tuple[int, ...]
    unknown: tuple[int, ...]

    def told(self, count: int, noun: str) -> tuple[str, ...]:
        """A warning where it referred to things that there are not: of ``count`` things that are called ``noun``."""
        if not self.unknown:
            return ()
        named = ", ".join(map(str, self.unknown))
        return (f"the LM named {noun} {named}, and there {_are(count, noun)}: not taken into account",)


def check_numbers(numbers: Iterable[int], count: int) -> References:
    """The numbers from 1 to ``count``, each at its first place, and the others."""
    distinct = dict.fromkeys(numbers)
    known = tuple(number for number in distinct if 1 <= number <= count)
    return References(known, tuple(number for number in distinct if number not in known))


def read_numbers(text: str, count: int) -> References:
    """The numbers in a text such as ``[3] > [1] > [2]``, whatever stands between them."""
    return check_numbers((int(found[: _DIGITS + 1]) for found in _NUMBER.findall(text)), count)


def _are(count: int, noun: str) -> str:
    return f"is {counted(count, noun)}" if count == 1 else f"are {counted(count, noun)}"
