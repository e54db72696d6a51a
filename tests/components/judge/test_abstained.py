"""judge.abstained: an answer, or none."""

from __future__ import annotations

from ragkit.components.judge.abstained import Abstained
from ragkit.types import Answer


def test_it_reads_what_the_answer_says_of_itself():
    judge = Abstained(Abstained.Params())
    gave_up, answered = judge.run(Answer("No.", abstained=True)), judge.run(Answer("NOT FOUND"))
    assert (gave_up.value.abstained, answered.value.abstained) == (True, False)
    assert (gave_up.decision.reason, answered.decision.reason) == ("the answer abstained", "there is an answer")
    assert (gave_up.decision.score, answered.decision.score) == (1.0, 0.0)
