"""generate.chain_of_thought: reasoning first, then an answer whose citations are checked."""

from __future__ import annotations

import pytest

from ragkit.components.generate.chain_of_thought import ChainOfThought
from ragkit.errors import LMError
from ragkit.testing import Fault
from ragkit.types import Passages
from tests.components.asking import step
from tests.components.helpers import ranked

FOUND = ranked([0.9, 0.8])


def test_reasoning_and_answer_are_ports_of_their_own():
    think, lm = step(ChainOfThought, {"reasoning": " [2] says it.\n", "answer": "So [2], not [4]."})
    result = think.run("Why?", FOUND)
    assert result.value.reasoning == "[2] says it."
    assert result.value.text == result.value.answer.text == "So [2], not."
    assert result.value.answer.passages is FOUND
    assert "[4]" in result.warnings[0]
    asked = lm.requests[0]
    assert asked.field("passages") == "[1] Title p0\nText of p0.\n\n[2] Title p1\nText of p1."
    assert asked.last.index("Text of p1.") < asked.last.index("Why?")
    assert asked.prompt.index("reasoning") < asked.prompt.rindex("answer")
    assert "NOT FOUND" in asked.prompt


def test_it_may_abstain_and_asks_nothing_without_passages():
    think, lm = step(ChainOfThought, {"reasoning": "Nothing.", "answer": "NOT FOUND"})
    assert think.run("Why?", Passages()).value.answer.abstained
    assert lm.requests == []
    assert think.run("Why?", FOUND).value.answer.abstained


def test_without_abstain_it_asks_in_any_case():
    think, lm = step(ChainOfThought, {"reasoning": "", "answer": "A guess."}, abstain=False)
    assert think.run("Why?", Passages()).value.text == "A guess."
    assert lm.requests[0].field("passages") == "(no passages)"
    assert "NOT FOUND" not in lm.requests[0].prompt


@pytest.mark.parametrize(
    "reply", ["no format at all", {"reasoning": "x"}, {"reasoning": "x", "answer": ""}, Fault("server")]
)
def test_a_reply_without_an_answer_is_an_error(reply):
    with pytest.raises(LMError):
        step(ChainOfThought, reply)[0].run("Why?", FOUND)
