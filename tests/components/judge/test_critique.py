"""Self-RAG's score, worked out by hand, and the choice by it."""

from __future__ import annotations

import pytest

from ragkit.components.judge.critique import Critique, Verdict
from ragkit.errors import UsageError
from ragkit.testing import FakeScope, ScriptedLM
from tests.components.asking import step
from tests.components.helpers import ids, ranked


@pytest.mark.parametrize(
    ("verdict", "score"),
    [
        (("relevant", "fully supported", 5), 2.5),
        (("relevant", "partially supported", 3), 1.5),
        (("irrelevant", "fully supported", 1), 0.5),
        (("relevant", "not supported", 4), 1.25),
        (("irrelevant", "not supported", 2), -0.25),
        (("irrelevant", "not supported", 1), -0.5),
    ],
)
def test_the_score_with_the_papers_weights(verdict, score):
    assert Verdict(*verdict).score(1.0, 1.0, 0.5) == score


def judge(by_passage, **parameters):
    """A critic whose verdict hangs on the passage: they are asked side by side."""

    def rule(asked):
        found = by_passage[asked.field("passage").splitlines()[0].removeprefix("Title ")]
        return dict(zip(("relevance", "support", "usefulness"), found, strict=True))

    lm = ScriptedLM(rule)
    return Critique(Critique.Params(**parameters), FakeScope(lm)), lm


VERDICTS = {
    "p0": ("relevant", "not supported", 5),
    "p1": ("relevant", "partially supported", 4),
    "p2": ("irrelevant", "fully supported", 5),
}


def test_the_best_sentence_comes_with_its_passage_and_all_scores():
    critic, lm = judge(VERDICTS)
    result = critic.run("Where?", ["a.", "b.", "c."], ranked([0.9, 0.8, 0.7]))
    assert result.value.scores == [1.5, 1.75, 1.5]
    assert (result.value.segment, ids(result.value.passages), result.value.score) == ("b.", ["p1"], 1.75)
    assert result.value.passages[0].scores["critique"] == 1.75 and result.value.passages.ranked_by == "critique"
    assert result.decision.details["verdicts"]["p2"] == ["irrelevant", "fully supported", 5]
    assert "best of 3, 1.75: relevant, partially supported, usefulness 4 of 5" in result.decision.reason
    assert len(lm.requests) == 3


def test_weights_change_the_choice_and_of_equals_the_first_is_kept():
    critic, _ = judge(VERDICTS, relevance=0.0, support=2.0)
    assert critic.run("Where?", ["a.", "b.", "c."], ranked([0.9, 0.8, 0.7])).value.segment == "c."
    critic, _ = judge(dict.fromkeys(VERDICTS, VERDICTS["p0"]))
    assert critic.run("Where?", ["a.", "b.", "c."], ranked([0.9, 0.8, 0.7])).value.segment == "a."


def test_an_empty_sentence_is_not_judged_nor_chosen():
    critic, lm = judge({"p1": ("irrelevant", "not supported", 1)})
    result = critic.run("Where?", ["", "b."], ranked([0.9, 0.8]))
    assert result.value.segment == "b." and result.value.scores == [-0.5, -0.5]
    assert len(lm.requests) == 1
    assert critic.run("Where?", [], ranked([])).value == ("", ranked([], None), 0.0, [])


def test_what_does_not_fit_together_is_told():
    critic, _ = step(Critique, most=1)
    with pytest.raises(UsageError, match="1 sentence and 2 passages"):
        critic.run("Where?", ["a."], ranked([0.9, 0.8]))
    with pytest.raises(UsageError, match="at most 1 are judged"):
        critic.run("Where?", ["a.", "b."], ranked([0.9, 0.8]))
