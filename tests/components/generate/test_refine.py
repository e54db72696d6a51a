"""generate.refine: rounds of passages, numbers that stay, and what a bad round does."""

from __future__ import annotations

import pytest

from ragkit.component import Calls
from ragkit.components.generate.refine import Refine
from ragkit.errors import LMError
from ragkit.testing import Fault
from ragkit.types import Passages
from tests.components.asking import step
from tests.components.helpers import ids, ranked

FIVE = ranked([0.9, 0.8, 0.7, 0.6, 0.5])


def answers(*texts):
    return [{"answer": text} for text in texts]


def test_each_round_shows_the_next_passages_with_their_numbers_and_the_draft():
    refine, lm = step(Refine, *answers("A [1].", "A [1], B [3].", "A [1], B [3], C [5]."), per_round=2)
    result = refine.run("Which?", FIVE)
    assert [request.field("draft") for request in lm.requests] == ["(none yet)", "A [1].", "A [1], B [3]."]
    assert lm.requests[1].field("passages") == "[3] Title p2\nText of p2.\n\n[4] Title p3\nText of p3."
    assert lm.requests[2].field("passages") == "[5] Title p4\nText of p4."
    assert result.value.text == "A [1], B [3], C [5]."
    assert result.value.drafts == ["A [1].", "A [1], B [3].", "A [1], B [3], C [5]."]
    assert [c.passage_id for c in result.value.answer.citations] == ["p0", "p2", "p4"]
    assert result.decision.reason == "cites 3 of 5 passages"
    assert result.warnings == ()


def test_the_rounds_are_bounded_and_what_is_not_read_is_told():
    refine, lm = step(Refine, *answers("A [1].", "A [4]."), per_round=2, rounds=2)
    result = refine.run("Which?", FIVE)
    assert len(lm.requests) == 2
    assert Refine.calls(Refine.Params(rounds=2).model_dump()) == Calls(lm=2)
    assert ids(result.value.answer.passages) == ["p0", "p1", "p2", "p3"]
    assert result.warnings == ("1 passage of 5 not read: 2 rounds of 2 hold no more",)
    assert result.decision.of == 5


def test_a_number_of_a_passage_that_was_not_read_is_taken_out():
    result = step(Refine, *answers("A [5]."), per_round=4, rounds=1)[0].run("Which?", FIVE)
    assert result.value.text == "A."
    assert "[5]" in str(result.warnings)


def test_a_bad_round_leaves_the_draft_and_is_told():
    refine, lm = step(Refine, *answers("A [1].", "", "NOT FOUND"), per_round=2)
    result = refine.run("Which?", FIVE)
    assert result.value.text == "A [1]."
    assert result.value.drafts == ["A [1]."] * 3
    assert result.warnings == (
        "the LM wrote nothing in round 2: the draft stayed as it was",
        "the LM wrote NOT FOUND in round 3 over a draft: the draft stayed as it was",
    )
    assert lm.requests[2].field("draft") == "A [1]."


def test_a_later_round_may_find_what_the_first_did_not():
    result = step(Refine, *answers("NOT FOUND", "B [3].", "B [3]."), per_round=2)[0].run("Which?", FIVE)
    assert (result.value.text, result.value.answer.abstained, result.warnings) == ("B [3].", False, ())
    nothing = step(Refine, *answers("NOT FOUND"), per_round=5)[0].run("Which?", FIVE)
    assert nothing.value.answer.abstained


def test_without_passages_nothing_is_asked_unless_it_must_answer():
    refine, lm = step(Refine)
    assert refine.run("Which?", Passages()).value.answer.abstained
    assert lm.requests == []
    guess, lm = step(Refine, *answers("A guess."), abstain=False)
    assert guess.run("Which?", Passages()).value.text == "A guess."
    assert lm.requests[0].field("passages") == "(no passages)"


def test_no_answer_in_any_round_and_a_fault_are_errors():
    with pytest.raises(LMError, match="empty answer"):
        step(Refine, *answers("", " "), per_round=3)[0].run("Which?", FIVE)
    with pytest.raises(LMError):
        step(Refine, {"answer": "A [1]."}, Fault("server"), per_round=3)[0].run("Which?", FIVE)
