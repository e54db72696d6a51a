"""query.multi: variants beside the question, which always stays."""

from __future__ import annotations

import pytest

from ragkit.components.query.multi import Multi
from ragkit.errors import LMError
from tests.components.asking import step

QUESTION = "How many passages?"


def run(reply, **parameters):
    multi, lm = step(Multi, reply, **parameters)
    return multi.run(QUESTION), lm


def test_the_question_comes_first_and_the_variants_alone_too():
    result, lm = run({"variants": ["size of the context", "k in top-k"]}, n=2)
    assert result.value.queries == [QUESTION, "size of the context", "k in top-k"]
    assert result.value.variants == ["size of the context", "k in top-k"]
    assert (lm.requests[0].field("number"), lm.requests[0].field("question")) == ("2", QUESTION)
    assert result.decision.reason == "2 variants beside the question"
    assert result.warnings == ()


def test_what_says_nothing_new_is_left_out_and_told():
    result, _ = run({"variants": ["how many passages", "", "k in top-k", "K in top-k."]})
    assert result.value.variants == ["k in top-k"]
    assert result.warnings == ("3 variants said nothing new: left out",)
    assert result.decision.details == {"asked": 3, "dropped": 3}


def test_more_than_were_asked_for_are_cut_and_told():
    result, _ = run({"variants": ["one", "two", "three"]}, n=2)
    assert result.value.variants == ["one", "two"]
    assert result.warnings == ("the LM wrote 1 more than the 2 variants: left out",)


def test_no_variant_leaves_the_question_with_a_warning():
    result, _ = run({"variants": []})
    assert result.value.queries == [QUESTION]
    assert result.value.variants == []
    assert result.warnings == ("the LM gave no variant: the question goes on alone",)


def test_a_reply_that_is_no_list_is_an_error():
    with pytest.raises(LMError, match="variants"):
        run({"variants": {"a": 1}})
