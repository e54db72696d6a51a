"""retrieve.linked: documents that passages mention by their titles."""

from __future__ import annotations

import dataclasses

import pytest

from ragkit.components.retrieve.linked import Linked
from ragkit.testing import FakeReader
from ragkit.types import Passages, Usage
from tests.components.fake_corpus import FakeScope
from tests.components.helpers import ids

DOCUMENTS = {
    "album": ["It was recorded at the Seaside Hotel in Troy by Anna Bell.", "Anna Bell sang."],
    "seaside hotel": ["It was once called the Grand."],
    "anna bell": ["A singer from Troy, who recorded an album."],
    "troy": ["Troy is a town with a hotel."],
}
QUESTION = "What was the hotel called where the album was recorded?"


def step(**params):
    return Linked(Linked.Params(**params), FakeScope(FakeReader(DOCUMENTS)))


def listed(*names, ranked_by="convex"):
    reader = FakeReader(DOCUMENTS)
    found = [reader.passage(f"{name}#0").with_scores({"convex": 0.8 / 2**at}) for at, name in enumerate(names)]
    return Passages(found, ranked_by)


def shares(result):
    return {passage.doc_id: passage.scores["linked"] for passage in result.value.passages}


def test_it_finds_what_is_mentioned_the_best_mention_counts_and_no_document_links_to_itself():
    result = step().run(QUESTION, listed("album", "anna bell", "troy"))
    assert shares(result) == {"anna bell": 1.0, "seaside hotel": 1.0, "troy": 1.0}
    assert shares(step().run(QUESTION, listed("anna bell", "album"))) == {
        "troy": 1.0, "anna bell": 0.5, "seaside hotel": 0.5,
    }  # fmt: skip
    assert result.value.passages.ranked_by == "linked"
    cosines = [passage.scores["cosine"] for passage in result.value.passages]
    assert cosines == sorted(cosines, reverse=True)
    assert result.value.documents == 3
    assert "3 passages of 3 mention 3 other documents; 3 taken (1 new), first" in result.decision.reason
    assert {"title": "Troy", "named_by": "album#0"} in result.decision.details["followed"]


@pytest.mark.parametrize(("params", "count"), [({"read": 1}, 1), ({"k": 1}, 1), ({}, 3)])
def test_read_and_k(params, count):
    assert len(step(**params).run(QUESTION, listed("anna bell", "album")).value.passages) == count


def test_without_a_score_every_mention_counts_the_same():
    result = step().run(QUESTION, listed("album", "anna bell", ranked_by=None))
    assert {p.scores["linked"] for p in result.value.passages} == {1.0}


@pytest.mark.parametrize(
    ("where", "found", "said"),
    [
        ({"year": {"at_least": 2000}}, ["anna bell#0"], "the filter lets 1 of them through, 1 taken"),
        ({"year": 1990}, [], "the filter lets 0 of them through, 0 taken"),
    ],
)
def test_a_filter_holds_for_what_is_linked_too(where, found, said):
    reader = FakeReader(DOCUMENTS, {"anna bell": {"year": 2001}, "troy": {"year": 1980}})
    result = Linked(Linked.Params(filter=where), FakeScope(reader)).run(QUESTION, listed("album"))
    assert ids(result.value.passages) == found
    assert said in result.decision.reason


@pytest.mark.parametrize("names", [(), ("troy",)])
def test_nothing_mentioned_is_nothing_found_and_said(names):
    result = step().run(QUESTION, listed(*names))
    assert result.value == (Passages((), "linked"), 0)
    assert "mention no title of another document" in result.decision.reason
    assert result.warnings == ()
    assert result.usage == Usage()  # said, or the most that it could spend would be counted


def test_a_retrieval_is_counted_where_a_passage_is_found_that_the_list_does_not_hold():
    found = step().run(QUESTION, listed("album"))
    assert (found.usage.retrieval_calls, found.decision.details["new"]) == (1, 3)
    assert "3 taken (3 new)" in found.decision.reason
    known = step().run(QUESTION, listed("album", "anna bell", "troy", "seaside hotel"))
    assert (known.usage.retrieval_calls, known.decision.details["new"]) == (0, 0)
    assert "3 taken (0 new)" in known.decision.reason


def test_what_a_merged_passage_was_made_of_is_not_new():
    merged = dataclasses.replace(listed("troy")[0], id="troy#0-1", parts=("troy#0", "troy#1"))
    found = step(read=1).run(QUESTION, Passages([*listed("anna bell"), merged], "convex"))
    assert (ids(found.value.passages), found.usage.retrieval_calls) == (["troy#0"], 0)


def test_the_question_is_read_where_that_is_asked_for():
    asked = "Did Anna Bell sing in the Seaside Hotel?"
    assert step().run(asked, listed("troy")).value.documents == 0
    result = step(of_question=True).run(asked, listed("troy", "anna bell"))
    assert shares(result) == {"anna bell": 1.0, "seaside hotel": 1.0, "troy": 0.5}
    assert "the question and 2 passages of 2 mention 3 documents" in result.decision.reason
    assert {"title": "Seaside Hotel", "named_by": "question"} in result.decision.details["followed"]
    assert "named by the question" in result.decision.reason
