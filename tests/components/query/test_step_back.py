"""query.step_back: the more general question."""

from __future__ import annotations

import pytest

from ragkit.components.query.step_back import StepBack
from ragkit.errors import LMError
from ragkit.testing import Fault
from tests.components.asking import step


def test_it_gives_the_more_general_question():
    back, lm = step(StepBack, {"general_question": "How are ranked lists cut?\n"})
    result = back.run("Why does adaptive-k add five?")
    assert result.value == "How are ranked lists cut?"
    assert result.decision.reason == "the question behind it: “How are ranked lists cut?”"
    assert lm.requests[0].field("question") == "Why does adaptive-k add five?"


def test_nothing_is_the_question_with_a_warning():
    result = step(StepBack, {"general_question": "  "})[0].run("Why five?")
    assert (result.value, len(result.warnings)) == ("Why five?", 1)


def test_a_fault_is_an_error():
    with pytest.raises(LMError):
        step(StepBack, Fault("timeout"))[0].run("Why?")
