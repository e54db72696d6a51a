"""A text that grows, its end, and when nothing comes of a sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.components.generate._ending import ending
from ragkit.components.generate.append import Append


def run(text, sentence, **parameters):
    return Append(Append.Params(**parameters)).run(text, sentence)


@pytest.mark.parametrize(
    ("text", "sentence", "grown", "ended", "stalled"),
    [
        ("", "It cuts.", "It cuts.", False, False),
        ("It cuts.", " At a gap. ", "It cuts. At a gap.", False, False),
        ("It cuts.", "", "It cuts.", False, True),
        ("", " \n ", "", False, True),
        ("It cuts at a gap.", "it cuts at a gap", "It cuts at a gap.", False, True),
        ("It cuts at a gap.", "It cuts.", "It cuts at a gap. It cuts.", False, False),
        ("It cuts. Always.", "It cuts. Always.", "It cuts. Always.", False, True),
        ("It cuts.", "So the Answer Is: yes.", "It cuts. So the Answer Is: yes.", True, False),
        ("It cuts.", "The answer\nis yes. Question: and?", "It cuts. The answer is yes.", True, False),
        ("", "The answer isn't known.", "The answer isn't known.", False, False),
        ("The answer is yes.", "More.", "The answer is yes. More.", False, False),
    ],
)
def test_cases(text, sentence, grown, ended, stalled):
    assert run(text, sentence).value == (grown, ended, stalled)


def test_what_is_left_out_is_told():
    decision = run("", "The answer is 3. Next question. And one.").decision
    assert decision.kind == "stop" and "2 sentences after that left out" in decision.reason
    assert "stands there already" in run("It cuts.", "It cuts.").decision.reason


def test_the_words_of_the_end_can_be_others():
    assert run("", "Also gut: drei.", ending="also gut").value.ended
    assert not run("", "The answer is 3.", ending="also gut").value.ended


@given(st.text(max_size=30), st.text(max_size=30))
def test_it_never_loses_the_text_and_never_does_nothing_unsaid(text, sentence):
    grown, _, stalled = run(text, sentence).value
    assert grown.startswith(text.strip())
    assert stalled == (grown == text.strip())


def test_the_last_words_are_found_whatever_stands_between_them():
    assert ending("answer is").search("the ANSWER  \n is 3")
    assert not ending("answer is").search("an answer isolates")
    assert not ending("a.b").search("axb")
