"""generate.direct: an answer without passages."""

from __future__ import annotations

import pytest

from ragkit.components.generate.direct import Direct
from ragkit.errors import LMError
from ragkit.testing import Fault
from tests.components.asking import step


def test_the_answer_has_no_sources():
    direct, lm = step(Direct, {"answer": " Paris [1]. "})
    result = direct.run("The capital of France?")
    assert result.value.answer.text == result.value.text == "Paris [1]."
    assert (result.value.answer.citations, len(result.value.answer.passages)) == ((), 0)
    assert (result.decision.reason, result.decision.kept) == ("answered without passages", 0)
    assert lm.requests[0].field("question") == "The capital of France?"
    assert "NOT KNOWN" not in lm.requests[0].prompt


def test_it_may_say_that_it_does_not_know_where_that_is_offered():
    direct, lm = step(Direct, {"answer": "not known."}, abstain=True)
    result = direct.run("What is in the corpus?")
    assert result.value.answer.abstained
    assert result.decision.reason == "abstained: the LM says that it does not know"
    assert "NOT KNOWN and nothing else" in lm.requests[0].prompt
    assert not step(Direct, {"answer": "not known."})[0].run("What?").value.answer.abstained


@pytest.mark.parametrize("reply", [{"answer": " "}, Fault("auth")])
def test_no_answer_is_an_error(reply):
    with pytest.raises(LMError):
        step(Direct, reply)[0].run("Why?")
