"""Retrieval metrics, held against trec_eval (pytrec_eval-terrier) to six digits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pytest
import pytrec_eval
from hypothesis import given
from hypothesis import strategies as st

from ragkit.evaluate.metrics.retrieval import RETRIEVAL_METRICS, documents, retrieval_metrics
from ragkit.spec.written.objectives import CUTOFFS, METRICS
from ragkit.types import Passage

IDS = [f"d{number}" for number in range(30)]
rankings = st.lists(st.sampled_from(IDS), min_size=1, max_size=len(IDS), unique=True)
judgements = st.dictionaries(st.sampled_from([*IDS, "never-found"]), st.integers(-1, 4), min_size=1, max_size=12)
_IN_TREC = {
    **{f"recall@{k}": f"recall_{k}" for k in CUTOFFS},
    **{f"precision@{k}": f"P_{k}" for k in CUTOFFS},
    **{f"hit@{k}": f"success_{k}" for k in CUTOFFS},
    **{f"ndcg@{k}": f"ndcg_cut_{k}" for k in CUTOFFS},
    "mrr": "recip_rank",
    "map": "map",
    "recall": "set_recall",
    "precision": "set_P",
    "f1": "set_F",
}


def trec_eval(ranking: Sequence[str], gold: Mapping[str, int]) -> Mapping[str, float]:
    """What trec_eval says of a ranking: it sorts by score, so rank becomes the score and no two are tied."""
    cuts = ",".join(map(str, CUTOFFS))
    measures = {f"{name}.{cuts}" for name in ("recall", "P", "success", "ndcg_cut")}
    measures |= {"recip_rank", "map", "set_recall", "set_P", "set_F"}
    run = {document: float(len(ranking) - rank) for rank, document in enumerate(ranking)}
    found: Mapping[str, float] = pytrec_eval.RelevanceEvaluator({"q": dict(gold)}, measures).evaluate({"q": run})["q"]
    return found


@given(rankings, judgements)
def test_equal_to_trec_eval(ranking: list[str], gold: dict[str, int]) -> None:
    if not any(grade > 0 for grade in gold.values()):
        return
    expected = trec_eval(ranking, gold)
    ours = retrieval_metrics(ranking, gold)
    for name, theirs in _IN_TREC.items():
        assert ours[name] == pytest.approx(expected[theirs], abs=1e-6), name


@given(rankings, judgements)
def test_f1_and_all_gold_follow_from_precision_and_recall(ranking: list[str], gold: dict[str, int]) -> None:
    ours = retrieval_metrics(ranking, gold)
    for at in ("", *(f"@{k}" for k in CUTOFFS)):
        p, r, f1 = (ours[f"{name}{at}"] for name in ("precision", "recall", "f1"))
        if p is None or r is None:
            assert f1 is None and ours[f"all_gold{at}"] is None
            continue
        assert f1 == pytest.approx(2 * p * r / (p + r) if p + r else 0.0)
        assert ours[f"all_gold{at}"] == float(r == 1.0)


@given(rankings, judgements, st.data())
def test_a_document_counts_once_at_its_first_place(
    ranking: list[str], gold: dict[str, int], data: st.DataObject
) -> None:
    repeated = list(ranking)
    for document in data.draw(st.lists(st.sampled_from(ranking), max_size=5)):
        first = repeated.index(document)
        repeated.insert(data.draw(st.integers(first + 1, len(repeated))), document)
    assert retrieval_metrics(repeated, gold) == retrieval_metrics(ranking, gold)


@given(rankings, judgements)
def test_every_value_lies_between_0_and_1_and_recall_never_falls_with_k(
    ranking: list[str], gold: dict[str, int]
) -> None:
    ours = retrieval_metrics(ranking, gold)
    assert all(value is None or 0 <= value <= 1 + 1e-12 for value in ours.values())
    recalls = [ours[f"recall@{k}"] or 0.0 for k in CUTOFFS]
    assert recalls == sorted(recalls)


def test_one_ranking_by_hand() -> None:
    ours = retrieval_metrics(["x", "a", "y", "b"], {"a": 2.0, "b": 1.0, "c": 1.0, "y": 0.0})
    assert ours["recall@2"] == pytest.approx(1 / 3)
    assert ours["precision@5"] == pytest.approx(2 / 5), "precision at 5 of four documents is still over 5"
    assert ours["precision"] == pytest.approx(2 / 4)
    assert ours["mrr"] == 0.5
    assert ours["map"] == pytest.approx((1 / 2 + 2 / 4) / 3)
    ideal = 2 + 1 / math.log2(3) + 1 / math.log2(4)
    assert ours["ndcg@5"] == pytest.approx((2 / math.log2(3) + 1 / math.log2(5)) / ideal), "linear gain"


def test_without_relevant_documents_nothing_applies_and_without_passages_all_is_0() -> None:
    assert set(retrieval_metrics(["a"], {}).values()) == {None}
    assert set(retrieval_metrics(["a"], {"a": 0.0}).values()) == {None}
    assert set(retrieval_metrics([], {"a": 1.0}).values()) == {0.0}


def test_every_metric_has_a_direction() -> None:
    assert set(RETRIEVAL_METRICS) <= set(METRICS)
    assert set(retrieval_metrics(["a"], {"a": 1.0})) == set(RETRIEVAL_METRICS)


def test_a_merged_passage_stands_for_the_documents_of_its_parts() -> None:
    merged = Passage("m", "a", "", "", parts=("a#0", "b#1", "unknown"))
    passages = [Passage("c#0", "c", "", ""), merged, Passage("b#2", "b", "", "")]
    assert documents(passages) == ["c", "a", "b"]
    assert documents([merged, passages[0]], {"a#0": "a", "b#1": "b"}) == ["a", "b", "c"]
