"""query.rewrite: one request, one line."""

from __future__ import annotations

import pytest

from ragkit.component import Calls
from ragkit.components.query.rewrite import Rewrite
from ragkit.errors import LMError
from ragkit.testing import Fault
from tests.components.asking import step

LONG = "Hello! For my thesis I wonder how adaptive-k chooses k, could you tell me?"


def test_it_asks_with_the_question_and_gives_one_line():
    rewrite, lm = step(Rewrite, {"query": '"adaptive-k choice\n of k"'})
    result = rewrite.run(LONG)
    assert result.value == "adaptive-k choice of k"
    assert result.decision.kind == "query"
    assert result.decision.reason == "searches for “adaptive-k choice of k”"
    assert lm.requests[0].field("question") == LONG
    assert "Keep every name, number and technical term" in lm.requests[0].messages[0]["content"]
    assert Rewrite.calls({}) == Calls(lm=1)


def test_a_query_that_is_the_question_is_said():
    assert "as it was asked" in step(Rewrite, {"query": "adaptive-k"})[0].run("adaptive-k").decision.reason


def test_a_reply_out_of_format_is_taken_as_a_whole():
    assert step(Rewrite, "adaptive-k choice")[0].run(LONG).value == "adaptive-k choice"


def test_nothing_is_the_question_with_a_warning():
    result = step(Rewrite, {"query": ""})[0].run(LONG)
    assert result.value == LONG
    assert result.warnings == ("the LM wrote nothing: the question stands in its place",)


@pytest.mark.parametrize("reply", [Fault("server"), Fault("rate_limit"), ""])
def test_an_lm_that_does_not_answer_is_an_error(reply):
    with pytest.raises(LMError):
        step(Rewrite, reply)[0].run(LONG)


def test_instructions_and_demos_are_the_files():
    rewrite, lm = step(Rewrite, {"query": "x"}, instructions="Use Latin.", demos=[{"question": "Old", "query": "New"}])
    rewrite.run(LONG)
    assert "Use Latin." in lm.requests[0].prompt
    assert "Keep every name" not in lm.requests[0].prompt
    assert "New" in lm.requests[0].messages[2]["content"]
