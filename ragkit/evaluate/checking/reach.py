"""How far down each retriever ranks the gold documents of questions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

from ragkit.components.retrieve.hybrid import Hybrid
from ragkit.evaluate.checking.finding import Finding
from ragkit.evaluate.documents import Documents
from ragkit.evaluate.questions import Question
from ragkit.types import Passages

if TYPE_CHECKING:
    from ragkit.corpus.reader import Reader

Retriever = Literal["bm25", "dense", "hybrid"]
RETRIEVERS: tuple[Retriever, ...] = get_args(Retriever)
Ranks = Mapping[Retriever, Mapping[str, int | None]]
"""For each retriever the rank of each gold document, from 1; None where it is not ranked at all."""
_PASSAGES_A_DOCUMENT = 4
BLOCK = 512
"""Questions ranked together: few enough that the index remembers their vectors, and that rankings fit in memory."""
_WHOLE_BLOCK = 16
"""Questions for which the whole index is ranked together."""


class Reach:
    """Ranks documents for questions with bm25, dense and hybrid search, a document at its best passage.

    Args:
        reader: The index.
        documents: Its documents.
        within: How many documents of a ranking are looked at first; beyond that, only what was not found is searched
            for through the whole index.
    """

    def __init__(self, reader: Reader, documents: Documents, within: int) -> None:
        self._reader = reader
        self._documents = documents
        self._within = within

    def ranks(self, questions: Sequence[Question]) -> list[Ranks]:
        """The ranks of each question's gold documents; ids that are no documents are left out."""
        gold = [self._numbers(question) for question in questions]
        found: list[Ranks] = [{name: {} for name in RETRIEVERS}] * len(questions)  # for those without gold
        asked = [i for i, wanted in enumerate(gold) if wanted]
        far = []
        for i, ranks in self._placed(questions, gold, asked, self._within * _PASSAGES_A_DOCUMENT, BLOCK):
            found[i] = ranks
            if any(rank > self._within for rank in best_ranks(ranks).values()):
                far.append(i)
        for i, ranks in self._placed(questions, gold, far, None, _WHOLE_BLOCK):
            found[i] = ranks
        return found

    def _placed(
        self, questions: Sequence[Question], gold: Sequence[Mapping[str, int]], chosen: Sequence[int], k: int | None,
        size: int,
    ) -> Iterator[tuple[int, Ranks]]:  # fmt: skip
        """The number and the ranks of each chosen question, ``size`` of them ranked together."""
        for start in range(0, len(chosen), size):
            block = chosen[start : start + size]
            for i, rankings in zip(block, self._rankings([questions[i].question for i in block], k), strict=True):
                yield i, {name: _placed(ranking, gold[i]) for name, ranking in rankings.items()}

    def _numbers(self, question: Question) -> dict[str, int]:
        numbers = ((id, self._documents.number(id)) for id in question.gold_ids)
        return {id: number for id, number in numbers if number is not None}

    def _rankings(self, texts: Sequence[str], k: int | None) -> list[dict[Retriever, list[int]]]:
        rank = self._documents.ranking
        near = self._reader.dense(self._reader.encode(texts), k)
        words = self._reader.bm25(texts, k)
        both = self._hybrid(texts, k)
        return [
            {"bm25": rank(by_words.indices), "dense": rank(by_vector.indices), "hybrid": by_both}
            for by_vector, by_words, by_both in zip(near, words, both, strict=True)
        ]

    def _hybrid(self, texts: Sequence[str], k: int | None) -> Iterator[list[int]]:
        step = Hybrid(Hybrid.Params.model_validate({"k": "all" if k is None else k}), _Scope(self._reader))
        for result in step.run_batch([{"question": text} for text in texts]):
            found: Passages = result.value
            ids = dict.fromkeys(passage.doc_id for passage in found.originals)  # no passage with scores is made
            yield [number for id in ids if (number := self._documents.number(id)) is not None]


def best_ranks(ranks: Mapping[Any, Mapping[str, int | None]]) -> dict[str, float]:
    """The best rank that any retriever gives each gold document; infinite where none ranks it."""
    best: dict[str, float] = {}
    for placed in ranks.values():
        for id, rank in placed.items():
            best[id] = min(best.get(id, math.inf), math.inf if rank is None else rank)
    return best


def check_reach(question: Question, line: int, ranks: Ranks, within: int) -> Iterator[Finding]:
    """A finding where no retriever has a gold document among its first ``within``: all of them, or some."""
    best = best_ranks(ranks)
    far = [id for id, rank in best.items() if rank > within]
    if not far:
        return
    told = {id: {name: ranks[name][id] for name in RETRIEVERS} for id in far}
    first = ", ".join(f"{name} {'nowhere' if rank is None else rank}" for name, rank in told[far[0]].items())
    whole = len(far) == len(best)
    yield Finding(
        "gold-unreachable" if whole else "gold-far", line, question.id,
        f"no retriever finds {far[0]!r}{f' and {len(far) - 1} more' if len(far) > 1 else ''} within the first {within} "
        f"documents (ranks: {first})",
        "is it the right document? Otherwise the question needs words of it, or a query step",
        details={"ranks": told, "within": within},
    )  # fmt: skip


def reached(ranks: Sequence[Ranks], within: int) -> dict[str, float | None]:
    """For each retriever the share of all gold documents among its first ``within``; None where there is no gold."""
    shares: dict[str, float | None] = {}
    for name in RETRIEVERS:
        every = [rank for each in ranks for rank in each[name].values()]
        shares[name] = sum(rank is not None and rank <= within for rank in every) / len(every) if every else None
    return shares


def _placed(ranking: Sequence[int], gold: Mapping[str, int]) -> dict[str, int | None]:
    places = {number: rank for rank, number in enumerate(ranking, start=1)}
    return {id: places.get(number) for id, number in gold.items()}


class _Scope:
    """What a retriever opens."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def corpus(self) -> Any:
        return self._reader

    def lm(self) -> Any:
        return None
