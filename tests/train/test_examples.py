"""What a step is trained on: what its ports were given for each question."""

from __future__ import annotations

import pytest

from ragkit.errors import StepError, UsageError
from ragkit.evaluate.questions import Question
from ragkit.testing import Fault
from ragkit.train.examples import Example, gather, unasked
from tests.engine.lm_parts import SIMPLE, scripted

QUESTIONS = [Question(f"q{n}", f"What is {n}?") for n in range(3)]


def test_the_values_of_the_ports_and_how_far_it_is():
    told = []
    with scripted(SIMPLE, lambda asked: {"answer": f"So: {asked.field('question')}"}) as (pipeline, _):
        found = gather(pipeline, "answer", QUESTIONS, told.append)
    assert [one.question for one in found] == QUESTIONS
    assert [one.inputs["question"] for one in found] == [question.question for question in QUESTIONS]
    assert [one.outputs["answer"].text for one in found] == [f"So: {question.question}" for question in QUESTIONS]
    assert [one.lm_calls for one in found] == [1, 1, 1]
    assert [(one.done, one.total) for one in told] == [(1, 3), (2, 3), (3, 3)]


def test_what_is_measured_on_is_not_learned_from_besides():
    added = [Question("a", "What is FLARE?"), Question("b", "what is  flare"), Question("c", "What is CRAG?")]
    told: list[str] = []
    assert unasked(added, [Example(Question("x", "What is FLARE"), {})], told.append) == added[2:]
    assert unasked(added[2:], [Example(Question("x", "What is FLARE"), {})], told.append) == added[2:]
    assert told == ["note: 2 added questions measured on too, and not learned from besides"]


def test_a_question_that_fails_ends_it():
    with scripted(SIMPLE, lambda asked: Fault("bad_request")) as (pipeline, _), pytest.raises(StepError):
        gather(pipeline, "answer", QUESTIONS)


SOMETIMES = """
version: 1
lm: scripted/lm
steps:
  unsure: {use: lm.predict, signature: "question -> flag: bool"}
  again: {use: lm.predict, signature: "question -> answer: Answer", when: unsure.flag}
  plain: {use: lm.predict, signature: "question -> answer: Answer"}
  best: {use: flow.first, of: [again, plain]}
output: best
"""


def test_a_step_that_never_ran_teaches_nothing():
    with scripted(SOMETIMES, lambda asked: {"flag": False} if "flag" in asked.wanted else {"answer": "x"}) as (made, _):
        with pytest.raises(UsageError, match="'again' ran for none of the 3 questions"):
            gather(made, "again", QUESTIONS)
        assert len(gather(made, "plain", QUESTIONS)) == 3
