"""What can be known about the relevance of each passage of a ranked list without asking a model: named features.

Everything is read from the list itself and the question, so that the features are the same for any corpus and any
retriever whose scores the list carries.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ragkit.components.cues import FUNCTION_WORDS, asks_for_list, names, several
from ragkit.errors import UsageError
from ragkit.types import Passages

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from ragkit.corpus.index.words import Words

_TOP = 5
_LEAST = 1e-9
"""A best score of no more than this has no shares: dividing by it would give numbers without end."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Which scores and labels a model reads.

    Attributes:
        scores: Names of scores that every passage has; the first is the one that orders the list.
        labels: Labels of questions that were seen in training; empty when the step reads none.
    """

    scores: tuple[str, ...]
    labels: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the features, in order."""
        found = [
            f"{score}: {what}"
            for score in self.scores
            for what in ("value", "share of best", "below best", "log rank", "best", "log value")
        ]
        found += ["step before", "step after", "first step", "mean of the top", "best log rank", "first"]
        found += [
            "words covered",
            "words new",
            "words covered by title",
            "words left",
            "names in title",
            "named in title",
        ]
        found += ["asks for list", "speaks of several", "names", "words"]
        found += [f"{what} x {by}" for by in ("list", "several") for what in ("log rank", "value", "below best")]
        found += ["words new x several", "value x value", "first x value", "first x first step"]
        found += [f"is {label}" for label in self.labels]
        found += [f"is {label} x {what}" for label in self.labels for what in ("log rank", "value", "below best")]
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Features:
    """The features of a list of n passages.

    Attributes:
        rows: Shape (n, d), in the order of the list by ``Reading.scores[0]``.
        order: The place of each row's passage in the list that was given.
        first: For each row, True for the best passage of its document.
    """

    rows: npt.NDArray[np.float64]
    order: list[int]
    first: npt.NDArray[np.bool_]


def read_scores(passages: Passages) -> tuple[str, ...]:
    """The scores that a model can read from a list: the one that ordered it, then the others that all passages have.

    Raises:
        UsageError: No score ordered the list.
    """
    if passages.ranked_by is None:
        raise UsageError(
            f"the list of {len(passages)} passages was not ordered by a score",
            hint="put a retriever, 'fuse.convex', 'order.by_score' or a 'rerank' step before",
        )
    shared = set.intersection(*(set(passage.scores) for passage in passages)) if len(passages) else set()
    return (passages.ranked_by, *sorted(shared - {passages.ranked_by}))


def features(question: str, passages: Passages, label: str | None, reading: Reading) -> Features:
    """The features of each passage. Ranks count documents: those whose best passage stands higher.

    Raises:
        UsageError: A passage lacks a score of ``reading``.
    """
    import numpy as np

    values = _values(passages, reading)
    order = np.argsort(-values[:, 0], kind="stable")
    values = values[order]
    items = [passages[int(place)] for place in order]
    first = _first_of_document([item.doc_id for item in items])
    heads = values[first]
    lead = values[:, 0]
    best = values.max(axis=0)
    ranks = np.stack([(heads[:, s][None, :] > values[:, s][:, None]).sum(axis=1) for s in range(values.shape[1])], 1)
    log_ranks = np.log1p(ranks)
    below = best - values
    columns = []
    for s in range(values.shape[1]):
        share = values[:, s] / best[s] if best[s] > _LEAST else np.zeros(len(items))
        signed = np.sign(values[:, s]) * np.log1p(np.abs(values[:, s]))
        columns += [values[:, s], share, below[:, s], log_ranks[:, s], np.full(len(items), best[s]), signed]
    head = np.sort(heads[:, 0])[::-1]
    above = np.array([_nearest_above(head, value) for value in lead])
    under = np.array([_nearest_below(head, value) for value in lead])
    first_step = head[0] - head[1] if len(head) > 1 else 0.0
    top = float(head[:_TOP].mean())
    columns += [above, under, np.full(len(items), first_step), np.full(len(items), top), log_ranks.min(axis=1)]
    leading = (ranks[:, 0] == 0).astype(float)
    columns.append(leading)
    words = _Words(question, [(item.title, item.text) for item in items], first)
    columns += [words.covered, words.new, words.by_title, words.left, words.names_in_title, words.names_in_title > 0]
    is_list, many = float(asks_for_list(question)), float(several(question))
    columns += [np.full(len(items), value) for value in (is_list, many, float(len(words.names)), float(words.count))]
    for by in (is_list, many):
        columns += [log_ranks[:, 0] * by, lead * by, below[:, 0] * by]
    other = values[:, 1] / best[1] if values.shape[1] > 1 and best[1] > _LEAST else lead
    columns += [words.new * many, lead * other, leading * lead, leading * first_step]
    flags = [float(label == known) for known in reading.labels]
    columns += [np.full(len(items), flag) for flag in flags]
    for flag in flags:
        columns += [log_ranks[:, 0] * flag, lead * flag, below[:, 0] * flag]
    return Features(np.stack(columns, axis=1).astype(float), [int(place) for place in order], first)


def _first_of_document(documents: Sequence[str]) -> Any:
    import numpy as np

    first = np.zeros(len(documents), dtype=bool)
    first[np.unique(np.array(documents), return_index=True)[1]] = True
    return first


def _values(passages: Passages, reading: Reading) -> Any:
    import numpy as np

    found = np.empty((len(passages), len(reading.scores)))
    for row, passage in enumerate(passages):
        for column, name in enumerate(reading.scores):
            value = passage.scores.get(name)
            if value is None or not math.isfinite(value):
                have = ", ".join(map(repr, sorted(passage.scores))) or "none"
                raise UsageError(
                    f"passage {passage.id!r} has no score {name!r}, which this step was trained on; it has {have}",
                    hint="give it the retriever it was trained behind, or train it again: ragkit train selector",
                )
            found[row, column] = value
    return found


def _nearest_above(descending: Any, value: float) -> float:
    higher = descending[descending > value]
    return float(higher[-1] - value) if len(higher) else 0.0


def _nearest_below(descending: Any, value: float) -> float:
    lower = descending[descending < value]
    return float(value - lower[0]) if len(lower) else 0.0


class _Words:
    """Which of the question's words each passage holds, weighted by their rarity in the list; shapes (n,)."""

    def __init__(self, question: str, texts: Sequence[tuple[str, str]], first: Any) -> None:
        import numpy as np

        asked = content_stems(question)
        titles = [stems(title) for title, _ in texts]
        bodies = [title | stems(text) for title, (_, text) in zip(titles, texts, strict=True)]
        self.names = names(question)
        self.count = len(asked)
        n = len(texts)
        weight = {word: math.log((n + 1) / (sum(word in body for body in bodies) + 0.5)) for word in sorted(asked)}
        whole = math.fsum(weight.values()) or 1.0
        met: set[str] = set()
        covered, new, by_title, left, named = [], [], [], [], []
        for place, (title, body) in enumerate(zip(titles, bodies, strict=True)):
            here = asked & body
            covered.append(math.fsum(weight[word] for word in here) / whole)
            new.append(math.fsum(weight[word] for word in here - met) / whole)
            by_title.append(math.fsum(weight[word] for word in asked & title) / whole)
            if first[place]:
                met |= here
            left.append(1 - math.fsum(weight[word] for word in met) / whole)
            lower = texts[place][0].lower()
            named.append(sum(name.lower() in lower for name in self.names))
        self.covered, self.new, self.by_title = np.array(covered), np.array(new), np.array(by_title)
        self.left, self.names_in_title = np.array(left), np.array(named, dtype=float)


@functools.lru_cache(maxsize=16_384)
def stems(text: str) -> frozenset[str]:
    """The stems of a text's words (Snowball English; other languages keep mostly whole words); recent ones are kept."""
    return frozenset(_splitter()(text))


def content_stems(question: str) -> frozenset[str]:
    """The stems of a question's words without function words."""
    return stems(question) - _function_stems()


@functools.cache
def _function_stems() -> frozenset[str]:
    return frozenset(_splitter()(" ".join(sorted(FUNCTION_WORDS))))


@functools.cache
def _splitter() -> Words:
    from ragkit.corpus.index.words import Words

    return Words("english", ())
