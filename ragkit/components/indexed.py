"""Passages and the index: which of them it holds, and a vector for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ragkit.errors import UsageError
from ragkit.types import Passage

if TYPE_CHECKING:
    from ragkit.corpus.reader import Reader


def number_by_id(identity: str, reader: Reader) -> int | None:
    """The number of the passage with this id in the index; None where it has none."""
    try:
        return reader.index_of(identity)
    except UsageError:
        return None


def number_of(passage: Passage, reader: Reader) -> int | None:
    """The passage's number in the index, where that holds the very same text."""
    number = number_by_id(passage.id, reader)
    return number if number is not None and reader.passages([number])[0].text == passage.text else None


class Located(NamedTuple):
    """Passages as an index knows them.

    ``numbers`` are theirs in the index, None for one that it does not hold in these words (merged, compressed, from
    elsewhere). ``vectors`` float32 ``[passages, d]``, all of length 1, are read for the others and made for these.
    """

    numbers: list[int | None]
    vectors: Any

    @property
    def told(self) -> tuple[str, ...]:
        """A warning where passages had to be encoded."""
        foreign = self.numbers.count(None)
        if not foreign:
            return ()
        some, do = ("1 passage", "does") if foreign == 1 else (f"{foreign} passages", "do")
        return (f"{some} {do} not stand in the index in these words: encoded now",)


def locate(passages: Sequence[Passage], reader: Reader) -> Located:
    """Finds passages in the index; each that it does not hold is encoded, which takes some milliseconds."""
    import numpy as np

    from ragkit.corpus.documents import passage_text

    numbers = [number_of(passage, reader) for passage in passages]
    known = [number for number in numbers if number is not None]
    rows = iter(reader.vectors(known) if known else ())
    foreign = [passage_text(p.title, p.text) for p, number in zip(passages, numbers, strict=True) if number is None]
    made = iter(reader.encode(foreign) if foreign else ())
    return Located(numbers, np.array([next(made if number is None else rows) for number in numbers]))
