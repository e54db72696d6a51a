"""generate.decline: an answer that says that none is given, where there is no other."""

from __future__ import annotations

from ragkit.components.generate.decline import Decline
from ragkit.types import Answer


def test_it_declines_and_says_why() -> None:
    result = Decline(Decline.Params(text="Ask me about the papers.")).run("Hello!")
    assert (result.value.text, result.value.abstained) == ("Ask me about the papers.", True)
    assert result.decision is not None
    assert result.decision.reason == "nothing was retrieved: the question needs no documents"


def test_an_answer_that_is_there_is_handed_on_and_nothing_is_said_of_it() -> None:
    answer = Answer("At rank 6.")
    result = Decline(Decline.Params()).run("Where does it cut?", answer)
    assert result.value is answer
    assert result.decision is None
