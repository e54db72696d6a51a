"""Retrieval metrics over documents, as trec_eval counts them.

A list of passages is read as a ranking of documents: each counts once, at its best passage, and a merged passage stands
for the documents of its parts too. The order of the list is the ranking; scores and their ties are not looked at.
``@k`` looks at the first k documents; without it, at all that the list holds.

==============  =====================================================================  ==================
name            what it is                                                             in trec_eval
==============  =====================================================================  ==================
recall@k        relevant documents among the first k / relevant documents              ``recall_k``
precision@k     relevant documents among the first k / k, also where fewer were found  ``P_k``
f1@k            harmonic mean of the two
hit@k           1 where any of the first k is relevant                                 ``success_k``
all_gold@k      1 where all relevant documents are among the first k
ndcg@k          gains are the grades, discounted by log2(rank + 1), over the ideal     ``ndcg_cut_k``
mrr             1 / rank of the first relevant document, 0 without one                 ``recip_rank``
map             mean over relevant documents of the precision at their ranks           ``map``
recall          over the whole list                                                    ``set_recall``
precision       relevant documents / documents in the list, 0 for an empty list        ``set_P``
f1              harmonic mean of the two                                               ``set_F``
all_gold        1 where all relevant documents are in the list
==============  =====================================================================  ==================

A question without a relevant document has none of them: every value is None.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from ragkit.spec.written.objectives import CUTOFFS
from ragkit.types import Passage

AT = ("recall", "precision", "f1", "hit", "all_gold", "ndcg")
"""The metrics that have a cutoff."""
WHOLE = ("mrr", "map", "recall", "precision", "f1", "all_gold")
"""The metrics over a whole list."""
RETRIEVAL_METRICS = (*(f"{name}@{k}" for name in AT for k in CUTOFFS), *WHOLE)


def documents(passages: Iterable[Passage], owners: Mapping[str, str] | None = None) -> list[str]:
    """The documents of a list of passages, each once, in the order of their best passages.

    Args:
        passages: Best first.
        owners: The document of each passage id, for the parts of merged passages.
    """
    found: dict[str, None] = {}
    for passage in passages:
        if passage.parts and owners:
            found.update(dict.fromkeys(documents_of(passage, owners)))
        else:
            found[passage.doc_id] = None
    return list(found)


def documents_of(passage: Passage, owners: Mapping[str, str]) -> list[str]:
    """The documents that a passage stands for: its own, and those of its parts whose documents are known."""
    if not passage.parts:
        return [passage.doc_id]
    return [passage.doc_id, *(owners[part] for part in passage.parts if part in owners)]


def retrieval_metrics(ranking: Sequence[str], gold: Mapping[str, float]) -> dict[str, float | None]:
    """Every metric of ``RETRIEVAL_METRICS`` for one ranking of documents.

    Args:
        ranking: Document ids, best first; one that is there twice counts at its first place.
        gold: Grades of judged documents; those above 0 are relevant.
    """
    ideal = sorted((grade for grade in gold.values() if grade > 0), reverse=True)
    if not ideal:
        return dict.fromkeys(RETRIEVAL_METRICS)
    distinct = list(dict.fromkeys(ranking))
    hits = [(rank, grade) for rank, id in enumerate(distinct, start=1) if (grade := gold.get(id, 0.0)) > 0]
    relevant = len(ideal)
    metrics: dict[str, float | None] = {}
    for k in CUTOFFS:
        inside = [(rank, grade) for rank, grade in hits if rank <= k]
        found = len(inside)
        metrics[f"recall@{k}"] = found / relevant
        metrics[f"precision@{k}"] = found / k
        metrics[f"f1@{k}"] = _f1(found / k, found / relevant)
        metrics[f"hit@{k}"] = float(found > 0)
        metrics[f"all_gold@{k}"] = float(found == relevant)
        metrics[f"ndcg@{k}"] = _gain(inside) / _gain(enumerate(ideal[:k], start=1))
    precision = len(hits) / len(distinct) if distinct else 0.0
    metrics["mrr"] = 1 / hits[0][0] if hits else 0.0
    metrics["map"] = math.fsum(count / rank for count, (rank, _) in enumerate(hits, start=1)) / relevant
    metrics["recall"] = len(hits) / relevant
    metrics["precision"] = precision
    metrics["f1"] = _f1(precision, len(hits) / relevant)
    metrics["all_gold"] = float(len(hits) == relevant)
    return {name: metrics[name] for name in RETRIEVAL_METRICS}


def _gain(ranked: Iterable[tuple[int, float]]) -> float:
    return math.fsum(grade / math.log2(rank + 1) for rank, grade in ranked)


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
