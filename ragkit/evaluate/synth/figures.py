"""What a set of questions is like, in figures: how near to its documents, how varied, how easily found again."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ragkit.evaluate.checking.reach import RETRIEVERS, Ranks, Reach
from ragkit.evaluate.questions import KINDS, Kind, Question
from ragkit.evaluate.synth.material import Material
from ragkit.evaluate.synth.selection import Kept

CUTOFFS = (1, 5, 10, 100)
TRIVIAL = 0.8
"""A question is trivial where BM25 ranks its document first and it shares at least this of its words with it."""
_WORD = re.compile(r"[^\W_]+")


def figures(kept: Sequence[Kept], material: Material) -> dict[str, Any]:
    """All figures of a set.

    * ``overlap``: the mean share of a question's content words that stand in its gold documents; ``copied``: the mean
      share of its words in the longest run that stands there word for word (over questions with gold documents).
    * ``diversity``: distinct 1- and 2-grams by all of them (Li et al. 2016), the mean cosine of a question and the one
      most like it, and the mean number of words.
    * ``round_trip``: recall@k over all gold documents, the mean reciprocal rank of the first, and the share of trivial
      questions, for each retriever; ``by_kind`` has recall@10.

    A figure over nothing is None.
    """
    drafts = [one.draft for one in kept]
    texts = [draft.question for draft in drafts]
    asked = [draft for draft in drafts if draft.gold_ids]
    shares = [_overlap(draft.question, draft.gold_ids, material) for draft in asked]
    questions = [
        Question(str(i), draft.question, gold=dict.fromkeys(draft.gold_ids, 1.0)) for i, draft in enumerate(asked)
    ]
    ranks = Reach(material.reader, material.indexed, max(CUTOFFS)).ranks(questions)
    kinds: list[Kind] = [draft.kind for draft in asked]
    return {
        "questions": len(drafts),
        "kinds": _counted(draft.kind for draft in drafts),
        "methods": _counted(draft.method for draft in drafts),
        "split": _split(kept),
        "overlap": {"words": _mean([share for share, _ in shares]), "copied": _mean([copied for _, copied in shares])},
        "diversity": {**_distinct(texts), **_alike(texts, material), "words": _mean([len(t.split()) for t in texts])},
        "round_trip": _round_trip(ranks, kinds, [share for share, _ in shares]),
    }


def _counted(names: Any) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))


def _split(kept: Sequence[Kept]) -> dict[str, dict[str, int]] | None:
    if all(one.side is None for one in kept):
        return None
    sides = {side: [one.draft for one in kept if one.side == side] for side in ("tune", "report")}
    return {
        side: {"questions": len(drafts), **_counted(draft.kind for draft in drafts)} for side, drafts in sides.items()
    }


def _overlap(question: str, gold_ids: Sequence[str], material: Material) -> tuple[float, float]:
    numbers = [number for id in gold_ids if (number := material.indexed.number(id)) is not None]
    text = "\n".join(material.whole(number) for number in numbers)
    stems, there = material.vocabulary.content(question), set(material.vocabulary.stems(text))
    words, whole = _WORD.findall(question.lower()), f" {' '.join(_WORD.findall(text.lower()))} "
    share = sum(stem in there for stem in stems) / len(stems) if stems else 0.0
    return share, _longest_run(words, whole) / len(words) if words else 0.0


def _longest_run(words: Sequence[str], text: str) -> int:
    """The most consecutive words that stand in a text, which is given in words between blanks."""
    longest = start = 0
    for end in range(1, len(words) + 1):
        while start < end and f" {' '.join(words[start:end])} " not in text:
            start += 1
        longest = max(longest, end - start)
    return longest


def _distinct(texts: Sequence[str]) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    for n in (1, 2):
        grams = [gram for text in texts for gram in _grams(_WORD.findall(text.lower()), n)]
        found[f"distinct_{n}"] = len(set(grams)) / len(grams) if grams else None
    return found


def _grams(words: Sequence[str], n: int) -> list[tuple[str, ...]]:
    return [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]


def _alike(texts: Sequence[str], material: Material) -> dict[str, float | None]:
    if len(texts) < 2:
        return {"nearest_cosine": None}
    vectors = material.reader.encode(texts)
    nearest = []
    for place, vector in enumerate(vectors):
        cosines = vectors @ vector
        cosines[place] = -math.inf
        nearest.append(float(np.max(cosines)))
    return {"nearest_cosine": _mean(nearest)}


def _round_trip(ranks: Sequence[Ranks], kinds: Sequence[Kind], shares: Sequence[float]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in RETRIEVERS:
        placed = [each[name] for each in ranks]
        first = [min((rank for rank in one.values() if rank is not None), default=None) for one in placed]
        told: dict[str, Any] = {f"recall@{k}": _mean([_recall(one, k) for one in placed]) for k in CUTOFFS}
        told["mrr"] = _mean([0.0 if rank is None else 1 / rank for rank in first])
        told["trivial"] = _mean([rank == 1 and share >= TRIVIAL for rank, share in zip(first, shares, strict=True)])
        told["by_kind"] = {
            kind: _mean([_recall(one, 10) for one, of in zip(placed, kinds, strict=True) if of == kind])
            for kind in KINDS if kind in kinds
        }  # fmt: skip
        found[name] = told
    return found


def _recall(placed: Mapping[str, int | None], k: int) -> float:
    return sum(rank is not None and rank <= k for rank in placed.values()) / len(placed)


def _mean(values: Sequence[float]) -> float | None:
    return round(math.fsum(values) / len(values), 4) if values else None
