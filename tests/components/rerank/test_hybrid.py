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


def test_the_decision_is_of_the_best_and_counts_what_moved():
    everything = Passages(notes().passages([3, 0, 1, 2, 4]))
    result = step(k=3).run(QUESTION, everything)
    assert result.decision.score == result.value[0].scores["convex"] == max(result.value.score_list())
    stayed = sum(one.id == other.id for one, other in zip(result.value, everything, strict=False))
    assert 0 < stayed < 3
    assert f"{3 - stayed} of the 3 kept moved" in result.decision.reason
    assert (result.decision.kept, result.decision.of) == (3, 5)


def test_where_no_word_is_shared_only_meaning_counts():
    result = step(dense_weight=0.4).run("zyzzyva", Passages(notes().passages([0, 1, 2])))
    assert {passage.scores["bm25"] for passage in result.value} == {0.0}
    assert result.value[0].scores["convex"] == pytest.approx(0.4)
    assert not any("bm25" in warning for warning in result.warnings)


def test_scores_that_say_nothing_are_told():
    twin = Passages(notes().passages([0, 0]))
    assert any("'cosine' are equal" in warning for warning in step().run(QUESTION, twin).warnings)


def test_a_batch_encodes_its_questions_together_and_none_for_an_empty_list():
    reader = notes()
    found = Passages(reader.passages([0, 1]))
    items = [{"question": "gap", "passages": found}, {"question": "rare words", "passages": found}]
    items.append({"question": "nothing", "passages": Passages()})
    Hybrid(Hybrid.Params(), FakeScope(reader)).run_batch(items)
    assert next(call for call in reader.calls if call.startswith("encode")) == "encode 2"
