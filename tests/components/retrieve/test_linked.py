"""retrieve.linked: documents that passages mention by their titles."""

from __future__ import annotations

import pytest

from ragkit.components.retrieve.linked import Linked
from ragkit.testing import FakeReader
from ragkit.types import Passages
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
    return {passage.doc_id: passage.scores["linked"] for passage in result.value}


def test_it_finds_what_is_mentioned_the_best_mention_counts_and_no_document_links_to_itself():
    result = step().run(QUESTION, listed("album", "anna bell", "troy"))
    assert shares(result) == {"anna bell": 1.0, "seaside hotel": 1.0, "troy": 1.0}
    assert shares(step().run(QUESTION, listed("anna bell", "album"))) == {
        "troy": 1.0, "anna bell": 0.5, "seaside hotel": 0.5,
    }  # fmt: skip
    assert result.value.ranked_by == "linked"
    cosines = [passage.scores["cosine"] for passage in result.value]
    assert cosines == sorted(cosines, reverse=True)
    assert result.usage.retrieval_calls == 1
    assert "3 passages of 3 mention 3 other documents; 3 taken" in result.decision.reason
    assert {"title": "Troy", "named_by": "album#0"} in result.decision.details["followed"]


@pytest.mark.parametrize(("params", "count"), [({"read": 1}, 1), ({"k": 1}, 1), ({}, 3)])
def test_read_and_k(params, count):
    assert len(step(**params).run(QUESTION, listed("anna bell", "album")).value) == count


def test_without_a_score_every_mention_counts_the_same():
    result = step().run(QUESTION, listed("album", "anna bell", ranked_by=None))
    assert {p.scores["linked"] for p in result.value} == {1.0}


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
    assert ids(result.value) == found
    assert said in result.decision.reason


@pytest.mark.parametrize("names", [(), ("troy",)])
def test_nothing_mentioned_is_nothing_found_and_said(names):
    result = step().run(QUESTION, listed(*names))
    assert len(result.value) == 0
    assert "mention no title of another document" in result.decision.reason
    assert result.warnings == ()
