"""generate.answer: what the LM is asked, and what of its reply is believed."""

from __future__ import annotations

import pytest

from ragkit.components.generate.answer import Answer
from ragkit.errors import LMError
from ragkit.testing import FakeScope, Fault, ScriptedLM
from ragkit.types import Passage, Passages

FOUND = Passages([Passage("p1", "d1", "One", "First text."), Passage("p2", "d2", "", "Second text.")], "cosine")


def answered(reply, **params):
    lm = ScriptedLM([reply if not isinstance(reply, str) else {"answer": reply}])
    return Answer(Answer.Params(**params), FakeScope(lm)).run("Why?", FOUND), lm


def test_it_asks_with_numbered_passages_and_the_question_last():
    _, lm = answered("Because [1].")
    asked = lm.requests[0]
    assert asked.field("passages") == "[1] One\nFirst text.\n\n[2] Second text."
    assert asked.field("question") == "Why?"
    assert asked.prompt.index("Second text.") < asked.prompt.index("Why?")


def test_the_numbers_become_citations():
    result, _ = answered("Because [2], and so [1, 2].")
    answer = result.value.answer
    assert answer.text == result.value.text == "Because [2], and so [1, 2]."
    assert [(c.number, c.passage_id, c.doc_id) for c in answer.citations] == [(2, "p2", "d2"), (1, "p1", "d1")]
    assert answer.passages is FOUND
    assert result.warnings == ()
    assert (result.decision.kept, result.decision.of) == (2, 2)


def test_a_number_that_no_passage_has_is_taken_out_and_told():
    result, _ = answered("Because [3], since [0; 1] and [7].")
    assert result.value.text == "Because, since [1] and."
    assert [c.number for c in result.value.answer.citations] == [1]
    assert result.warnings == ("the LM cited [3], [0], [7], and there are 2 passages: taken out",)


@pytest.mark.parametrize("reply", ["NOT FOUND", "not found."])
def test_it_abstains_when_the_lm_finds_nothing(reply):
    result, lm = answered(reply)
    assert result.value.answer.abstained
    assert result.value.answer.citations == ()
    assert "NOT FOUND" not in result.value.text
    assert "NOT FOUND and nothing else" in lm.requests[0].prompt


def test_without_abstain_it_is_not_told_how_and_the_words_are_an_answer():
    result, lm = answered("NOT FOUND is what the file says [1].", abstain=False)
    assert not result.value.answer.abstained
    assert "NOT FOUND" not in lm.requests[0].prompt


def test_instructions_replace_the_class_s_own():
    _, lm = answered("Yes [1].", instructions="Answer in verse.")
    assert "Answer in verse." in lm.requests[0].prompt
    assert "square brackets" not in lm.requests[0].prompt


def test_demos_stand_before_the_question():
    demo = {"passages": "[1] A", "question": "Demo?", "answer": "So [1]."}
    _, lm = answered("Yes [1].", demos=[demo])
    assert [m["role"] for m in lm.requests[0].messages] == ["system", "user", "assistant", "user"]
    assert "Demo?" in lm.requests[0].messages[1]["content"]


def test_a_failing_server_is_an_lm_error():
    with pytest.raises(LMError, match="no such key"):
        answered(Fault("auth", "no such key"))


def test_without_passages_it_abstains_and_asks_nothing():
    lm = ScriptedLM([{"answer": "A guess."}])
    step = Answer(Answer.Params(), FakeScope(lm))
    assert step.run("Why?", Passages()).value.answer.abstained
    assert lm.requests == []
    must = Answer(Answer.Params(abstain=False), FakeScope(lm))
    assert must.run("Why?", Passages()).value.text == "A guess."


def test_how_to_abstain_is_told_beside_instructions_of_one_s_own():
    _, lm = answered("Yes [1].", instructions="Answer in verse.")
    assert "NOT FOUND and nothing else where the passages do not hold the answer" in lm.requests[0].prompt
    assert "NOT FOUND" not in lm.requests[0].instructions
