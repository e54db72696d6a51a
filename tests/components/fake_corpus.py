"""The corpus of ``ragkit.testing``, for tests of components."""

from __future__ import annotations

from typing import Any

from ragkit import testing
from ragkit.testing.fake_reader import MOST_TOKENS as MOST
from ragkit.testing.fake_reader import NOTES, YEARS, FakeReader
from ragkit.testing.word_encoder import DIMENSIONS, encode, words

__all__ = ["DIMENSIONS", "MOST", "NOTES", "YEARS", "FakeReader", "FakeScope", "encode", "notes", "words"]


class FakeScope(testing.FakeScope):
    """What the engine hands a step: here always the same corpus."""

    def __init__(self, reader: Any) -> None:
        super().__init__(reader=reader)
        self.reader = reader


def notes() -> FakeReader:
    """Five short notes; all but one have a year."""
    return FakeReader()
