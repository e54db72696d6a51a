"""judge.relevance: a grade for each passage, and what the grades come to."""

from __future__ import annotations

import pytest

from ragkit.component import Calls
from ragkit.components.judge.relevance import Relevance
from ragkit.errors import LMError
from ragkit.testing import FakeScope, Fault, ScriptedLM
from ragkit.types import Label, Passages
from tests.components.helpers import ids, ranked

FOUND = ranked([0.9, 0.8, 0.7])


def judge(grades, found=FOUND, **parameters):
    """Grades by the passage's name, so that it does not matter which request comes first."""

    def rule(asked):
        name = asked.field("passage").split("\n")[0].removeprefix("Title ")
        return grades[name] if not isinstance(grades[name], str) else {"grade": grades[name]}

    lm = ScriptedLM(rule)
    return Relevance(Relevance.Params(**parameters), FakeScope(lm)).run("Why?", found), lm


def test_each_passage_is_graded_by_itself_and_the_order_stays():
    result, lm = judge({"p0": "irrelevant", "p1": "relevant", "p2": "partly relevant"})
    graded = result.value
    assert [p.scores["llm_relevance"] for p in graded.passages] == [0.0, 1.0, 0.5]
    assert ids(graded.relevant) == ["p1", "p2"]
    assert graded.passages.ranked_by == graded.relevant.ranked_by == "cosine"
    assert (graded.label, graded.best, graded.found) == ("correct", 1.0, True)
    assert isinstance(graded.label, Label)
    assert len(lm.requests) == 3
    assert {request.field("question") for request in lm.requests} == {"Why?"}
    assert result.decision.reason == "correct: of 3 passages 1 relevant, 1 partly relevant, 1 irrelevant"
    assert result.decision.details == {"grades": ["irrelevant", "relevant", "partly relevant"]}
    assert (result.decision.kept, result.decision.of, result.decision.label) == (2, 3, "correct")


@pytest.mark.parametrize(
    ("grades", "label", "kept"),
    [
        (("partly relevant", "irrelevant", "irrelevant"), "ambiguous", ["p0"]),
        (("irrelevant", "irrelevant", "irrelevant"), "incorrect", []),
    ],
)
def test_what_the_grades_come_to(grades, label, kept):
    result, _ = judge({f"p{i}": grade for i, grade in enumerate(grades)})
    assert (result.value.label, ids(result.value.relevant), result.value.found) == (label, kept, bool(kept))
    assert label in Relevance.declared_labels({})


def test_a_stricter_bar():
    result, _ = judge({"p0": "partly relevant", "p1": "relevant", "p2": "irrelevant"}, accept="relevant")
    assert ids(result.value.relevant) == ["p1"]
    assert result.decision.threshold == 1.0


def test_only_so_many_are_graded_and_the_rest_is_told():
    result, lm = judge({"p0": "irrelevant", "p1": "irrelevant"}, most=2)
    assert len(lm.requests) == 2
    assert Relevance.calls({"most": 2}) == Calls(lm=2)
    assert ids(result.value.passages) == ["p0", "p1"]
    assert result.warnings == ("1 passage of 3 not graded ('most') and left out",)


def test_nothing_to_grade_asks_nothing():
    result, lm = judge({}, Passages((), "cosine"))
    assert (result.value.label, result.value.best, result.value.found) == ("incorrect", 0.0, False)
    assert lm.requests == []
    assert result.decision.reason == "incorrect: of 0 passages 0 relevant, 0 partly relevant, 0 irrelevant"


@pytest.mark.parametrize("bad", [{"grade": "it depends"}, Fault("server"), ""])
def test_a_grade_that_cannot_be_had_is_an_error(bad):
    with pytest.raises(LMError):
        judge({"p0": "relevant", "p1": bad, "p2": "relevant"})


def test_a_freely_worded_grade_is_read():
    result, _ = judge({"p0": "Relevant.", "p1": "Irrelevant: it is about bread", "p2": "**partly relevant**"})
    assert [p.scores["llm_relevance"] for p in result.value.passages] == [1.0, 0.0, 0.5]
