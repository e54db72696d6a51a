"""What becomes of an answer that an LM wrote from passages."""

from __future__ import annotations

import pytest

from ragkit.components.generate._concluding import conclude, nothing_given, says_not_found
from ragkit.errors import LMError
from tests.components.helpers import ranked

FOUND = ranked([0.9, 0.8, 0.7])


def test_citations_are_counted_and_those_of_no_passage_taken_out():
    answer, decision, warnings = conclude("One [1]. Both [1, 3]. None [9].", FOUND, abstain=True)
    assert answer.text == "One [1]. Both [1, 3]. None."
    assert [c.passage_id for c in answer.citations] == ["p0", "p2"]
    assert (decision.kept, decision.of, decision.reason) == (2, 3, "cites 2 of 3 passages")
    assert "[9]" in warnings[0]


def test_an_answer_without_a_citation_is_told():
    answer, decision, warnings = conclude("It is so.", FOUND, abstain=True)
    assert not answer.abstained
    assert warnings == ("the answer cites no passage",)
    assert decision.kept == 0


@pytest.mark.parametrize("written", ["NOT FOUND", "Not found.", " **NOT FOUND**: the passages are about bread"])
def test_an_abstention_is_read_where_it_was_offered(written):
    answer, decision, _ = conclude(written, FOUND, abstain=True)
    assert (answer.abstained, answer.citations, decision.kept) == (True, (), 0)
    assert "NOT FOUND" not in answer.text
    assert not conclude(written, FOUND, abstain=False).answer.abstained


def test_the_words_inside_an_answer_are_no_abstention():
    assert not says_not_found("The server answers 404 Not Found [1].")
    assert not says_not_found("Not foundational, but useful [1].")


def test_a_blank_answer_is_an_error():
    with pytest.raises(LMError, match="empty answer"):
        conclude(" \n", FOUND, abstain=True)


def test_nothing_given():
    answer, decision, warnings = nothing_given("Why?")
    assert answer.abstained
    assert (decision.kept, decision.of) == (0, 0)
    assert warnings == ("no passages were given to answer 'Why?' from",)
