"""query.bridge: names that lead on."""

from __future__ import annotations

import math

import pytest

from ragkit.components.query.bridge import Bridge
from ragkit.testing import FakeReader
from ragkit.types import Passages
from tests.components.fake_corpus import FakeScope

DOCUMENTS = {
    "album": ["Anna Bell recorded it at the Seaside Hotel in Troy.", "Nobody Else was there."],
    "seaside hotel": ["Once the Grand, in Troy."],
    "anna bell": ["A singer from Troy."],
}


def run(question, *names, **params):
    reader = FakeReader(DOCUMENTS)
    found = [reader.passage(f"{n}#0").with_scores({"convex": 1 / (1 + at)}) for at, n in enumerate(names)]
    return Bridge(Bridge.Params(**params), FakeScope(reader)).run(question, Passages(found, "convex"))


def test_rare_names_come_first_and_those_of_the_question_not_at_all():
    result = run("Where did Anna Bell record?", "album")
    assert result.value.queries == ["Nobody Else", "Seaside Hotel", "Troy"]  # in 1, 2 and 3 passages
    assert result.value.text == " ".join(["Where did Anna Bell record?", *result.value.queries])
    added = result.decision.details["added"]
    assert [one["name"] for one in added] == result.value.queries
    assert {one["passage"] for one in added} == {"album#0"}
    assert [one["weight"] for one in added] == sorted((one["weight"] for one in added), reverse=True)


def test_the_title_of_its_own_passage_and_an_unknown_name_are_no_bridges():
    reader = FakeReader(DOCUMENTS)
    (passage,) = [p for p in reader.items if p.doc_id == "anna bell"]
    own = Passages([passage, reader.items[0]])
    result = Bridge(Bridge.Params(), FakeScope(FakeReader({"x": ["nothing"]}))).run("Who?", own)
    assert result.value.queries == []
    assert result.value.text == "Who?"
    assert "bring no name" in result.decision.reason


@pytest.mark.parametrize(
    ("params", "names"),
    [({}, ["Once the Grand", "Troy"]), ({"most": 1}, ["Once the Grand"]), ({"read": 1}, ["Once the Grand", "Troy"])],
)
def test_the_first_passages_are_read_and_the_best_names_kept(params, names):
    assert run("Seaside Hotel", "seaside hotel", "anna bell", **params).value.queries == names


def weights(result):
    return {one["name"]: one["weight"] for one in result.decision.details["added"]}


def test_a_name_weighs_as_much_as_the_best_passage_that_brings_it():
    first = weights(run("Who?", "seaside hotel", "anna bell"))
    second = weights(run("Who?", "anna bell", "seaside hotel"))
    assert first["Troy"] == second["Troy"] == round(math.log(1 + 3 / 3), 4)
    assert second["Once the Grand"] == pytest.approx(first["Once the Grand"] / 2, abs=1e-4)


def test_no_passages_no_names():
    assert run("Who?").value.queries == []
