"""rerank.hybrid: the scores of retrieve.hybrid for any list."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ragkit.components.rerank.hybrid import Hybrid
from ragkit.components.retrieve import hybrid as retrieve
from ragkit.types import Passages
from tests.components.fake_corpus import FakeScope, notes
from tests.components.helpers import ids

QUESTION = "Which words do passages share with the question?"


def step(**params):
    return Hybrid(Hybrid.Params(**params), FakeScope(notes()))


@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
def test_the_whole_corpus_scores_as_hybrid_retrieval_scores_it(weight):
    reader = notes()
    expected = retrieve.Hybrid(retrieve.Hybrid.Params(k="all", dense_weight=weight), FakeScope(reader)).run(QUESTION)
    shuffled = Passages(reader.passages([3, 1, 4, 0, 2]))
    found = step(dense_weight=weight).run(QUESTION, shuffled).value
    assert found.ranked_by == "convex"
    by_id = {p.id: p.scores for p in expected.value}
    assert {p.id: p.scores for p in found} == {key: pytest.approx(scores) for key, scores in by_id.items()}
    assert found.score_list() == sorted(found.score_list(), reverse=True)


def test_scores_of_another_query_are_replaced_and_others_stay():
    passage = notes().passage("bm25#0").with_scores({"cosine": -1.0, "linked": 0.7})
    (found,) = step().run(QUESTION, Passages([passage])).value
    assert found.scores["linked"] == 0.7
    assert found.scores["cosine"] > 0
    assert found.scores["convex"] == 1.0


def test_k_cuts_and_an_empty_list_stays_empty():
    everything = Passages(notes().passages(range(5)))
    assert len(step(k=2).run(QUESTION, everything).value) == 2
    assert step().run(QUESTION, Passages()).value == Passages((), "convex")


def test_a_passage_that_the_index_does_not_hold_is_encoded_and_said():
    merged = replace(notes().passage("bm25#0"), id="bm25#0-1", text="Words in common.")
    result = step().run(QUESTION, Passages([merged, notes().passage("hnsw#0")]))
    assert sorted(ids(result.value)) == ["bm25#0-1", "hnsw#0"]
    assert any("encoded now, and their BM25 counts 0" in warning for warning in result.warnings)


def test_a_batch_gives_what_single_runs_give():
    items = [{"question": q, "passages": Passages(notes().passages([0, 1, 2]))} for q in ("gap", "rare words")]
    batch = step().run_batch(items)
    assert [one.value for one in batch] == [step().run(**item).value for item in items]
