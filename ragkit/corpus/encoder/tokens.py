"""Counting tokens with a model's own tokenizer, without loading the model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any


class TokenCounter:
    """Counts tokens as the encoder does, special tokens left out. Safe to use from several threads."""

    def __init__(self, tokenizer_file: Path) -> None:
        from tokenizers import Tokenizer

        self._tokenizer: Any = Tokenizer.from_file(str(tokenizer_file))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    def __call__(self, texts: Sequence[str]) -> list[int]:
        """The number of tokens of each text."""
        counts: list[int] = []
        for start in range(0, len(texts), 1024):
            batch = list(texts[start : start + 1024])
            encoded = self._tokenizer.encode_batch_fast(batch, add_special_tokens=False)
            counts.extend(len(encoding) for encoding in encoded)
        return counts

    def pieces(self, words: Sequence[str]) -> list[tuple[int, float]]:
        """How many pieces each word is cut into, and how rare it is.

        Rare is where it stands in the vocabulary, from 0 to 1, since vocabularies begin with what is common; a word
        that is cut stands nowhere in it, and has 1.
        """
        last = max(self._tokenizer.get_vocab_size() - 1, 1)
        found = []
        for encoding in self._tokenizer.encode_batch_fast(list(words), add_special_tokens=False):
            ids = encoding.ids
            found.append((len(ids), min(ids[0] / last, 1.0) if len(ids) == 1 else float(len(ids) > 1)))
        return found
