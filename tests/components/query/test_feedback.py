"""query.feedback: words of the best passages."""

from __future__ import annotations

import pytest

from ragkit.components.query.feedback import Feedback
from ragkit.testing import FakeReader
from ragkit.types import Passages
from tests.components.fake_corpus import FakeScope

DOCUMENTS = {
    "a": ["The violin and the violins play with the orchestra."],
    "b": ["An orchestra plays."],
    "c": ["An orchestra has trumpets."],
    "d": ["Nothing else here."],
}


def run(question, *names, best=1.0, **params):
    reader = FakeReader(DOCUMENTS)
    found = [reader.passage(f"{name}#0").with_scores({"cosine": best / (1 + at)}) for at, name in enumerate(names)]
    return Feedback(Feedback.Params(**params), FakeScope(reader)).run(question, Passages(found, "cosine"))


def test_frequent_in_what_was_found_and_rare_in_the_corpus():
    result = run("Who plays?", "a")
    assert result.value.words[0] == "violin"
    assert "orchestra" in result.value.words[1:]
    assert not {"the", "and", "with", "play", "plays"} & set(result.value.words)
    assert result.value.text == f"Who plays? {' '.join(result.value.words)}"
    assert [one["word"] for one in result.decision.details["added"]] == result.value.words


def test_a_better_passage_weighs_more():
    assert run("Who?", "a", "c").value.words.index("violin") < run("Who?", "a", "c").value.words.index("trumpets")
    assert run("Who?", "c", "a", terms=1).value.words == ["trumpets"]


def test_passages_whose_scores_are_all_negative_still_bring_the_rare_words():
    assert run("Who?", "a", best=-4.0, terms=1).value.words == ["violin"]


@pytest.mark.parametrize(
    ("params", "text"), [({"terms": 1, "repeat": 2}, "Who? Who? violin"), ({"terms": 1}, "Who? violin")]
)
def test_terms_and_repeat(params, text):
    assert run("Who?", "a", **params).value.text == text


def test_nothing_found_is_the_question():
    result = run("Who?")
    assert result.value == ("Who?", [])
    assert "bring no word" in result.decision.reason
