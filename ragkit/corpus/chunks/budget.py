"""How much fits into a passage, counted as the encoder will see it: title and text together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ragkit.corpus.chunks.segmenting import Span, trim, word_spans
from ragkit.corpus.documents import passage_text

CountTokens = Callable[[Sequence[str]], list[int]]


class Budget:
    """The room for text beside one document's title.

    The title may take up to half of the budget. A longer one would leave slivers of text, so its passages are cut as if
    it took half, and are longer than the encoder reads: the build counts and tells that.

    Args:
        count_tokens: The encoder's tokenizer; special tokens may be counted or not.
        title: The document's title.
        max_tokens: The most tokens of a passage, title included.
    """

    def __init__(self, count_tokens: CountTokens, title: str, max_tokens: int) -> None:
        self._count = count_tokens
        self._title = title
        self._special, alone = count_tokens(["", f"{title}\n" if title else ""])
        self.room = max(max_tokens - alone, max_tokens // 2, 1)
        self._most = alone + self.room

    def costs(self, text: str, spans: Sequence[Span]) -> list[int]:
        """How many tokens each span takes of ``room``."""
        if not spans:
            return []
        counts = self._count([text[start:end] for start, end in spans])
        return [max(count - self._special, 0) for count in counts]

    def cost(self, text: str) -> int:
        """How many tokens a text takes of ``room``."""
        return max(self._count([text])[0] - self._special, 0)

    def fits(self, text: str) -> bool:
        """Whether a passage of this text stays within the budget, counted as it is sent."""
        return self._count([passage_text(self._title, text)])[0] <= self._most

    def split(self, text: str, span: Span) -> list[Span]:
        """Cuts a span that does not fit: at white space where it can, inside a word where it must."""
        start, end = trim(text, *span)
        pieces = []
        while start < end:
            cut = self._longest(text, start, end)
            pieces.append(trim(text, start, cut))
            start, end = trim(text, cut, end)
        return pieces

    def _longest(self, text: str, start: int, end: int) -> int:
        """Where the longest fitting piece from ``start`` ends; at least one character on."""
        # No tokenizer needs more than a few characters a token for long, so the search never counts far more than fits.
        reach = min(end, start + 8 * self.room)
        while reach < end and self.fits(text[start:reach]):
            reach = min(end, start + 2 * (reach - start))
        if reach == end and self.fits(text[start:end]):
            return end
        words = [stop for _, stop in word_spans(text, start, reach)]
        if reach < end and words and not text[reach].isspace():
            words.pop()
        best = self._last_fitting(text, start, words)
        return best if best is not None else self._last_fitting(text, start, range(start + 1, reach)) or start + 1

    def _last_fitting(self, text: str, start: int, stops: Sequence[int]) -> int | None:
        low, high = 0, len(stops)
        while low < high:
            middle = (low + high) // 2
            if self.fits(text[start : stops[middle]]):
                low = middle + 1
            else:
                high = middle
        return stops[low - 1] if low else None
