"""The words by which a text says that its answer comes now."""

from __future__ import annotations

import functools
import re


@functools.cache
def ending(words: str) -> re.Pattern[str]:
    """Finds the words, whatever their case and spacing; "answer is" is not in "the answer isn't known"."""
    spaced = r"\s+".join(map(re.escape, words.split()))
    return re.compile(rf"(?<!\w){spaced}(?!\w|['’]\w)", re.IGNORECASE)
