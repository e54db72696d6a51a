"""query.rewrite_plus: one clear question and several queries."""

from __future__ import annotations

import pytest

from ragkit.components.query.rewrite_plus import RewritePlus
from ragkit.errors import LMError
from ragkit.testing import Fault
from tests.components.asking import step


def test_both_come_from_one_request():
    asked = {"rewritten": "When was CRAG\npublished?", "queries": ["CRAG date", '"CRAG arXiv"', "crag date."]}
    rewriter, lm = step(RewritePlus, asked)
    result = rewriter.run("CRAG when?")
    assert result.value == ("When was CRAG published?", ["CRAG date", "CRAG arXiv"])
    assert result.warnings == ("1 query said nothing new: left out",)
    assert result.decision.details == {"queries": 2, "dropped": 1}
    assert lm.requests[0].field("question") == "CRAG when?"


def test_more_than_the_most_are_cut():
    rewriter, lm = step(RewritePlus, {"rewritten": "Why?", "queries": ["a", "b", "c"]}, most=2)
    result = rewriter.run("Why?")
    assert result.value.queries == ["a", "b"]
    assert "the first 2 were taken" in result.warnings[0]
    assert lm.requests[0].field("most") == "2"


def test_nothing_is_stood_for_by_the_question():
    result = step(RewritePlus, {"rewritten": " ", "queries": [""]})[0].run("CRAG when?")
    assert result.value == ("CRAG when?", ["CRAG when?"])
    assert len(result.warnings) == 3
    assert result.decision.reason == "understood as “CRAG when?”, to be searched for in 1 way"


@pytest.mark.parametrize("reply", [{"rewritten": "x"}, {"rewritten": "x", "queries": "no list"}, Fault("timeout")])
def test_what_cannot_be_read_is_an_error(reply):
    with pytest.raises(LMError):
        step(RewritePlus, reply)[0].run("Why?")
