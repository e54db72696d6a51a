"""The retrievers over a corpus in memory: what is found, scored, counted and said."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ragkit.component import Calls, bindable_parameters, input_ports
from ragkit.components.retrieve.bm25 import Bm25
from ragkit.components.retrieve.dense import Dense
from ragkit.components.retrieve.hybrid import Hybrid
from ragkit.errors import UsageError
from tests.components.fake_corpus import NOTES, FakeReader, FakeScope, encode, notes
from tests.components.helpers import ids

ALL = [Dense, Bm25, Hybrid]
QUESTION = "How does adaptive-k choose the number of passages?"


def make(cls, reader=None, **parameters):
    return cls(cls.Params(**parameters), FakeScope(reader or notes()))


@pytest.mark.parametrize("cls", ALL)
def test_the_best_comes_first_and_the_scores_have_their_names(cls):
    result = make(cls, k=3).run(QUESTION)
    assert result.value[0].doc_id == "adaptive-k"
    scores = result.value.score_list()
    assert scores == sorted(scores, reverse=True)
    assert all(type(score) is float for p in result.value for score in p.scores.values())
    assert result.usage.retrieval_calls == 1
    assert cls.calls({}) == Calls(retrievals=1)


@pytest.mark.parametrize("cls", ALL)
def test_the_query_goes_before_the_question(cls):
    step = make(cls, k=1)
    assert step.run(QUESTION, "rare words count more").value[0].doc_id == "bm25"
    assert step.run(QUESTION, None).value[0].doc_id == "adaptive-k"
    assert [(port.name, port.required) for port in input_ports(cls)] == [("question", True), ("query", False)]


@pytest.mark.parametrize("cls", ALL)
@pytest.mark.parametrize("query", ["", "  \n"])
def test_a_blank_query_finds_nothing_costs_nothing_and_is_said(cls, query):
    reader = notes()
    result = make(cls, reader).run(QUESTION, query)
    assert len(result.value) == 0
    assert result.warnings == ("the query is empty: nothing was searched for",)
    assert result.usage.retrieval_calls == 0
    assert reader.calls == []


@pytest.mark.parametrize("cls", ALL)
def test_a_batch_gives_what_single_runs_give_and_encodes_once(cls):
    reader = notes()
    texts = [QUESTION, "", "looping flow patterns", "zebra"]
    step = make(cls, reader, k=4)
    batch = step.run_batch([{"question": QUESTION, "query": text} for text in texts])
    assert sum(call.startswith("encode") for call in reader.calls) == (0 if cls is Bm25 else 1)
    for text, result in zip(texts, batch, strict=True):
        single = step.run(QUESTION, text)
        assert ids(result.value) == ids(single.value)
        assert [p.scores for p in result.value] == [pytest.approx(p.scores) for p in single.value]
        assert result.warnings == single.warnings


@pytest.mark.parametrize("cls", ALL)
def test_k_all(cls):
    found = make(cls, k="all").run(QUESTION).value
    if cls is Bm25:
        assert set(ids(found)) == {f"{name}#0" for name in ("adaptive-k", "bm25", "hnsw")}
    else:
        assert len(found) == len(NOTES)


@pytest.mark.parametrize("cls", ALL)
def test_a_filter_holds_and_a_shortfall_is_said(cls):
    result = make(cls, k=3, filter={"year": {"at_least": 2020}}).run("passages for retrieval and a question")
    assert {p.doc_id for p in result.value} <= {"adaptive-k", "modular-rag"}
    assert result.warnings == ("the filter left 2 passages, fewer than k = 3",)
    with pytest.raises(UsageError, match="'yeer'"):
        make(cls, filter={"yeer": 2020}).run(QUESTION)


@pytest.mark.parametrize("cls", [Dense, Hybrid])
def test_a_filter_that_leaves_nothing(cls):
    result = make(cls, k="all", filter={"year": 1900}).run(QUESTION)
    assert len(result.value) == 0
    assert result.warnings == ("the filter left no passages",)


@pytest.mark.parametrize("cls", ALL)
def test_a_corpus_smaller_than_k_is_no_warning(cls):
    assert make(cls, k=50).run("passages").warnings == ()


def test_bm25_without_a_word_in_common():
    result = make(Bm25).run("zebra crossing")
    assert len(result.value) == 0
    assert result.warnings == ("the query shares no word with any passage",)
    filtered = make(Bm25, filter={"year": 2016}).run("looping")
    assert filtered.warnings == ("the query shares no word with any passage that the filter lets through",)


@pytest.mark.parametrize("cls", [Dense, Hybrid])
def test_a_query_that_the_encoder_does_not_read_to_its_end_is_said(cls):
    result = make(cls).run("word " * 39)
    assert result.warnings[0] == "the query has 39 tokens and the encoder reads 40: its end was not searched for"
    assert not any("encoder reads" in warning for warning in make(cls).run("word " * 38).warnings)


@pytest.mark.parametrize("where", [None, {"year": {"at_least": 2000}}], ids=["all looked at", "behind a filter"])
@pytest.mark.parametrize("fusion", ["convex", "rrf"])
def test_hybrid_gives_every_candidate_both_scores_exactly(fusion, where):
    reader = notes()
    step = make(Hybrid, reader, k=2, dense_pool=1, bm25_pool=2, fusion=fusion, filter=where)
    found = step.run("rare words shared").value
    assert len(found) == 2
    vector = encode(["rare words shared"])[0]
    exact = {reader.items[i].id: float(s) for i, s in zip(*reader.bm25(["rare words shared"], None)[0], strict=True)}
    assert found.ranked_by == fusion
    for passage in found:
        assert passage.scores["cosine"] == pytest.approx(float(reader.rows[reader.index_of(passage.id)] @ vector))
        assert passage.scores["bm25"] == pytest.approx(exact.get(passage.id, 0.0))


def test_hybrid_convex_is_the_weighted_mean_over_the_candidates():
    found = make(Hybrid, k="all", dense_weight=0.3).run(QUESTION).value
    for name in ("cosine", "bm25"):
        assert len(found.score_list(name)) == len(NOTES)
    cosine, bm25 = np.array(found.score_list("cosine")), np.array(found.score_list("bm25"))
    scaled = [(values - values.min()) / (values.max() - values.min()) for values in (cosine, bm25)]
    assert found.score_list() == pytest.approx(list(0.3 * scaled[0] + 0.7 * scaled[1]))


def test_hybrid_at_the_ends_of_its_weight_is_either_retriever():
    text = "words in a question about passages"
    dense = ids(make(Dense, k=5).run(text).value)
    assert ids(make(Hybrid, k=5, dense_weight=1.0).run(text).value) == dense
    words = ids(make(Bm25, k=2).run(text).value)
    assert ids(make(Hybrid, k=2, dense_weight=0.0).run(text).value) == words


def test_hybrid_rrf_adds_weighted_reciprocal_ranks():
    found = make(Hybrid, k="all", fusion="rrf", dense_weight=0.5).run(QUESTION).value
    dense, words = ids(make(Dense, k="all").run(QUESTION).value), ids(make(Bm25, k="all").run(QUESTION).value)
    for passage in found:
        expected = 0.5 / (61 + dense.index(passage.id))
        if passage.id in words:
            expected += 0.5 / (61 + words.index(passage.id))
        assert passage.scores["rrf"] == pytest.approx(expected)


def test_hybrid_without_a_word_in_common_goes_by_meaning_and_says_so():
    result = make(Hybrid, k=5).run("zebra")
    assert ids(result.value) == ids(make(Dense, k=5).run("zebra").value)
    assert set(result.value.score_list("bm25")) == {0.0}
    assert max(result.value.score_list()) == 0.5
    assert "the query shares no word with any candidate: only the vectors decided" in result.warnings


def test_hybrid_says_what_it_fused():
    decision = make(Hybrid, k=2, dense_pool=3, bm25_pool=3).run(QUESTION).decision
    assert (decision.kind, decision.kept) == ("fuse", 2)
    assert decision.reason.startswith(f"3 passages near in meaning and 3 that share words make {decision.of}, ")
    assert decision.details["both"] == 6 - decision.of


def test_hybrid_takes_at_least_k_candidates():
    assert len(make(Hybrid, k=5, dense_pool=1, bm25_pool=1).run(QUESTION).value) == 5


@given(st.lists(st.sampled_from(sorted({w for s in NOTES.values() for t in s for w in t.split()})), max_size=6),
       st.floats(0, 1), st.integers(1, 6), st.integers(1, 6))  # fmt: skip
def test_hybrid_holds_for_any_query(words, weight, k, pool):
    text = " ".join(["question", *words])
    found = make(Hybrid, k=k, dense_weight=weight, dense_pool=pool, bm25_pool=pool).run(text).value
    assert len(found) == min(k, len(NOTES))
    assert len(set(ids(found))) == len(found)
    scores = found.score_list()
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 + 1e-9 for score in scores)


def test_an_empty_corpus():
    empty = FakeReader({})
    for cls in ALL:
        assert len(make(cls, empty).run("anything").value) == 0


@pytest.mark.parametrize("cls", ALL)
def test_parameters(cls):
    assert {"k", "filter"} <= bindable_parameters(cls)
    for bad in ({"k": 0}, {"k": "most"}, {"k": 2.5}, {"filter": "year"}, {"kk": 3}):
        with pytest.raises(ValidationError):
            cls.Params(**bad)
    assert len(make(cls, k=5).bound({"k": 1}).run(QUESTION).value) == 1


@pytest.mark.parametrize("cls", ALL)
def test_without_a_corpus_the_error_says_so(cls):
    with pytest.raises(UsageError, match="reads a corpus"):
        cls(cls.Params()).run(QUESTION)
    reader = notes()
    make(cls, reader).warm_up()
    assert reader.calls == ([] if cls is Bm25 else ["warm_up"])
