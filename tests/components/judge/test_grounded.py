"""judge.grounded: statement by statement."""

from __future__ import annotations

import pytest

from ragkit.components.judge.grounded import Grounded, statements
from ragkit.errors import LMError
from ragkit.testing import Fault
from ragkit.types import Answer, Passages
from tests.components.asking import step
from tests.components.helpers import ranked

FOUND = ranked([0.9, 0.8])
DRAFT = Answer("It cuts at a gap [1]. It adds five [1, 2]. It was made in 1998.", (), FOUND)


def test_statements_are_sentences_without_citation_numbers():
    assert statements(DRAFT.text) == ["It cuts at a gap.", "It adds five.", "It was made in 1998."]
    assert statements(" … \n") == []


def test_the_share_of_supported_statements():
    judge, lm = step(Grounded, {"supported": [2, 1]}, threshold=0.6)
    result = judge.run(DRAFT)
    assert result.value.score == pytest.approx(2 / 3)
    assert result.value.grounded
    assert result.value.unsupported == ["It was made in 1998."]
    assert result.decision.reason == "2 of 3 statements supported"
    assert (result.decision.threshold, result.decision.details) == (0.6, {"statements": 3, "supported": 2})
    assert lm.requests[0].field("statements") == "1. It cuts at a gap.\n2. It adds five.\n3. It was made in 1998."
    assert lm.requests[0].field("passages").startswith("[1] Title p0")
    assert not step(Grounded, {"supported": [2, 1]})[0].run(DRAFT).value.grounded


def test_other_passages_than_the_answers_can_be_given():
    judge, lm = step(Grounded, {"supported": [1, 2, 3]})
    assert judge.run(DRAFT, ranked([0.5], start="q")).value.grounded
    assert lm.requests[0].field("passages") == "[1] Title q0\nText of q0."


def test_a_number_of_no_statement_does_not_count_and_is_told():
    result = step(Grounded, {"supported": [1, 7]})[0].run(DRAFT)
    assert result.value.score == pytest.approx(1 / 3)
    assert result.warnings == ("the LM named statement 7, and there are 3 statements: not taken into account",)


@pytest.mark.parametrize("written", ["[1], [3]", "1 and 3", "- 1\n- 3"])
def test_freely_written_numbers_are_read(written):
    assert step(Grounded, {"supported": written})[0].run(DRAFT).value.unsupported == ["It adds five."]


def test_none_supported():
    result = step(Grounded, {"supported": "none"})[0].run(DRAFT)
    assert (result.value.score, result.value.grounded, len(result.value.unsupported)) == (0.0, False, 3)


def test_where_nothing_is_claimed_or_nothing_can_support_it_nothing_is_asked():
    judge, lm = step(Grounded)
    silent = judge.run(Answer("There is no answer.", (), FOUND, abstained=True))
    assert (silent.value.grounded, silent.value.score, silent.value.unsupported) == (True, 1.0, [])
    assert silent.decision.reason == "nothing is claimed: the answer abstains"
    assert judge.run(Answer("", (), FOUND)).value.grounded
    alone = judge.run(Answer("It cuts.", (), Passages()))
    assert (alone.value.grounded, alone.value.score, alone.value.unsupported) == (False, 0.0, ["It cuts."])
    assert lm.requests == []


@pytest.mark.parametrize("reply", [{"supported": "the first is, the second may be"}, Fault("server")])
def test_no_list_is_an_error(reply):
    with pytest.raises(LMError):
        step(Grounded, reply)[0].run(DRAFT)
