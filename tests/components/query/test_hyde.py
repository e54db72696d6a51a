"""query.hyde: documents made up by requests of their own."""

from __future__ import annotations

import pytest

from ragkit.component import Calls
from ragkit.components.query.hyde import Hyde
from ragkit.errors import LMError
from ragkit.testing import Fault
from tests.components.asking import step

QUESTION = "Where is the list cut?"


def test_each_document_is_a_request_and_the_question_is_searched_for_too():
    hyde, lm = step(Hyde, {"passage": "At the\ngap."}, {"passage": "Where scores fall."}, n=2)
    result = hyde.run(QUESTION)
    assert sorted(result.value.documents) == ["At the gap.", "Where scores fall."]
    assert result.value.queries == [QUESTION, *result.value.documents]
    assert result.value.text == " ".join(result.value.queries)
    assert len(lm.requests) == 2
    assert [request.settings["temperature"] for request in lm.requests] == [1.0, 1.0]
    assert result.decision.reason == "2 documents of 6 words made up to search with"


def test_the_bound_on_requests_is_the_parameter():
    assert Hyde.calls({"n": 5}) == Calls(lm=5)
    hyde, lm = step(Hyde, *({"passage": f"text {i}"} for i in range(5)), n=5)
    hyde.run(QUESTION)
    assert len(lm.requests) == 5


def test_repeated_and_blank_documents_are_left_out_and_told():
    result = step(Hyde, {"passage": "Same."}, {"passage": "same"}, {"passage": " "}, n=3)[0].run(QUESTION)
    assert len(result.value.documents) == 1
    assert result.warnings == ("2 documents of 3 said nothing new: left out",)
    nothing = step(Hyde, {"passage": ""}, n=1)[0].run(QUESTION)
    assert (nothing.value.queries, nothing.value.text) == ([QUESTION], QUESTION)
    assert nothing.warnings[-1] == "the LM wrote nothing: the question is searched for alone"


def test_one_failing_request_fails_the_step():
    with pytest.raises(LMError):
        step(Hyde, {"passage": "text"}, Fault("server"), n=2)[0].run(QUESTION)
