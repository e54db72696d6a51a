"""Passages, vectors and questions made by a rule, always the same, for studies of speed."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np

# 50,000 different words in 10,000 passages and 200,000 in 100,000; the commonest stands in a quarter of the passages.
VOCABULARY, SHIFT, POWER, WORDS = 1_000_000, 100, 1.5, 60
PER_TOPIC, NOISE, DIMENSIONS = 50, 0.8, 384
SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er", "il", "on", "us")]


@functools.cache
def word(rank: int) -> str:
    """A word that can be pronounced, another for each rank; the commonest are the shortest."""
    found = ""
    rank += len(SYLLABLES)
    while rank:
        rank, part = divmod(rank, len(SYLLABLES))
        found += SYLLABLES[part]
    return found


def texts(size: int, seed: int = 0) -> Iterable[dict[str, str]]:
    """The passages: a title that names the topic, four sentences of words drawn by Zipf's law."""
    rng = np.random.default_rng(seed)
    cumulative = np.cumsum((np.arange(VOCABULARY) + SHIFT) ** -POWER)
    for start in range(0, size, 1000):
        drawn = np.searchsorted(cumulative, rng.random((min(1000, size - start), WORDS)) * cumulative[-1])
        for number, row in enumerate(drawn.tolist(), start):
            words = [word(rank) for rank in row]
            sentences = [" ".join(words[at : at + 15]).capitalize() + "." for at in range(0, WORDS, 15)]
            yield {"id": f"g{number}", "title": f"topic{number // PER_TOPIC}", "text": " ".join(sentences)}


def vector(text: str) -> np.ndarray:
    """The vector of a text: its topic's (the first word), and noise of its own. ``float32 [384]``, length 1."""
    topic = text.split(None, 1)[0]
    found = _drawn(topic) + NOISE * _drawn(text)
    return (found / np.linalg.norm(found)).astype(np.float32)


def _drawn(key: str) -> np.ndarray:
    seed = int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "little")
    drawn = np.random.Generator(np.random.SFC64(seed)).standard_normal(DIMENSIONS)
    return np.asarray(drawn / np.linalg.norm(drawn))


def asked(passages: Path, size: int, count: int) -> list[str]:
    """Questions: the title and eight words of passages that are spread over the corpus."""
    rng = np.random.default_rng(1)
    wanted = set(np.linspace(0, size - 1, count).astype(int).tolist())
    found = []
    with passages.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if number in wanted:
                row = json.loads(line)
                words = row["text"].lower().replace(".", "").split()
                found.append(" ".join([row["title"], *rng.choice(words, 8, replace=False)]))
    return found
