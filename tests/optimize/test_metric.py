"""The objective as DSPy asks for it: the same number as `ragkit eval`, a yes or no for examples, or with feedback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dspy
import pytest

from ragkit.evaluate.questions import Question
from ragkit.lm.accounts import AccountSpentError, Most
from ragkit.optimize.objective import Objective
from ragkit.optimize.prompts.candidates import Candidates, best_of
from ragkit.optimize.prompts.examples import MOST_VALIDATED, example, halved
from ragkit.optimize.prompts.exhausted import ExhaustedError
from ragkit.optimize.prompts.meter import Meter
from ragkit.optimize.prompts.metric import Metric, acceptance
from ragkit.optimize.prompts.program import Program, Watch, key_of
from ragkit.types import Turn, Usage
from tests.optimize.prompt_parts import asked, benched, pupil

QUESTIONS = asked(12)


class Payer:
    """Pays for so many requests."""

    refused = None

    def __init__(self, pays: int) -> None:
        self.pays = pays

    def reserve(self, most: Most) -> int:
        if self.pays == 0:
            raise AccountSpentError("nothing is left")
        self.pays -= 1
        return self.pays

    def settle(self, ticket: int, usage: Usage | None) -> None:
        """Nothing to note."""

    def cached(self, usage: Usage) -> None:
        """Nothing to note."""


def test_one_question_is_worth_what_an_evaluation_says(tmp_path: Path) -> None:
    objective = Objective("correct", penalties={"lm_calls": 0.1})
    with benched(tmp_path, QUESTIONS, pupil(QUESTIONS)) as (bench, _):
        rows = bench.rows({}, QUESTIONS)
        candidates = Candidates()
        metric = Metric(objective, QUESTIONS, candidates, None, acceptance(rows, objective))
        program = Program(bench.pipeline({}), Watch(Meter(None)))
        for question, row in zip(QUESTIONS, rows, strict=True):
            made = example(question)
            found = program(**made.inputs())
            assert metric.value(made, found) == objective.of_question(row)
            assert metric.value(made, found, trace=[]) is (row["metrics"]["correct"] == 1.0)
            told = metric.explained(made, found, None, "answer", [])
            assert (told.score, "Keep what" in told.feedback) == (objective.of_question(row), row["cause"] is None)
        measured = candidates.measured(QUESTIONS, objective)
        assert [one.key for one in measured] == [program.key]
        assert measured[0].value == pytest.approx(objective.value(rows))


def test_what_has_not_the_metric_is_worth_nothing(tmp_path: Path) -> None:
    with benched(tmp_path, QUESTIONS, pupil(QUESTIONS)) as (bench, _):
        metric = Metric(Objective("recall"), QUESTIONS, Candidates(), None, 1.0)
        made = example(QUESTIONS[0])
        found = Program(bench.pipeline({}), Watch(Meter(None)))(**made.inputs())
        assert metric.value(made, found) == 0.0
        assert metric.value(made, found, trace=[]) is False


def test_a_run_that_failed_is_scored_and_raises_nothing(tmp_path: Path) -> None:
    from ragkit.testing import Fault

    with benched(tmp_path, QUESTIONS, lambda given: Fault("auth", "no key")) as (bench, _):
        metric = Metric(Objective("correct"), QUESTIONS, Candidates(), None, 1.0)
        made = example(QUESTIONS[0])
        found = Program(bench.pipeline({}), Watch(Meter(None)))(**made.inputs())
        assert found.answer is None
        told = metric.explained(made, found, None, "notes", [])
        assert told.score == 0.0
        assert "The run failed at step 'notes'" in told.feedback


@pytest.mark.parametrize(("usual", "needed"), [(0.0, 0.5), (0.6, 0.8), (1.0, 1.0)])
def test_examples_are_clearly_better_than_usual(usual: float, needed: float) -> None:
    rows: list[Any] = [{"metrics": {"correct": usual}}, {"metrics": {"correct": None}}]
    assert acceptance(rows, Objective("correct")) == pytest.approx(needed)


def test_the_budget_ends_a_program_like_ctrl_c(tmp_path: Path) -> None:
    from ragkit.lm import accounts

    meter = Meter(Payer(3))
    with benched(tmp_path, QUESTIONS, pupil(QUESTIONS)) as (bench, lm), accounts.charged(meter):
        program = Program(bench.pipeline({}), Watch(meter))
        program(question=QUESTIONS[0].question)
        for _ in range(2):
            with pytest.raises(ExhaustedError, match="nothing is left"):
                program(question=QUESTIONS[1].question)
        assert len(lm.requests) == meter.sent == 3
    assert not issubclass(ExhaustedError, Exception)
    assert program.watch.runs == 1, "a run that went without a request of its own is none"


def test_copies_share_the_watch_and_have_keys_of_their_own(tmp_path: Path) -> None:
    with benched(tmp_path, QUESTIONS, pupil(QUESTIONS)) as (bench, _):
        program = Program(bench.pipeline({}), Watch(Meter(None)))
        other = program.deepcopy()
        assert other.watch is program.watch
        assert other.key == program.key
        other.notes.demos = [dspy.Example(question="q", notes="n")]
        assert other.key != program.key
        assert set(other.watch.seen) == {program.key, other.key}
        found = other.watch.seen[other.key]
        assert found.changed(program.prompts) == ("notes",)
        sampled = program.deepcopy()
        sampled.set_lm(program.get_lm().copy(temperature=1.0, rollout_id=3))
        assert {one.lm.kwargs["temperature"] for _, one in sampled.named_predictors()} == {1.0}
        assert key_of(sampled(question=QUESTIONS[0].question)) is None, "samples are no measurement of the prompts"


def test_of_equal_prompts_the_first_is_best_and_limits_are_kept() -> None:
    candidates = Candidates()
    objective = Objective("correct", (("prompt_tokens", "<", 50.0),))
    for key, correct, tokens in (("a", 1.0, 100), ("b", 0.5, 10), ("c", 0.5, 10), ("d", 1.0, 10)):
        for question in QUESTIONS[: 1 if key == "d" else 2]:
            metrics = {"correct": correct, "prompt_tokens": float(tokens)}
            candidates.add(key, question.id, {"metrics": metrics})
    measured = candidates.measured(QUESTIONS[:2], objective)
    assert [one.key for one in measured] == ["a", "b", "c"], "d has not seen every question"
    best = best_of(measured)
    assert best is not None
    assert best.key == "b"


def test_examples_hold_inputs_and_hide_ids() -> None:
    turn = Turn("user", "And then?")
    made = example(Question("q1", "Why?", ("Because",), kind="single", history=(turn,), inputs={"year": 2024}))
    assert dict(made.inputs()) == {"question": "Why?", "history": [turn], "year": 2024}
    assert dict(made.labels()) == {"accepted_answers": ["Because"], "kind": "single"}
    assert "q1" not in repr(made), "proposing LMs see no ids"
    assert made["dspy_question"] == "q1"


def test_no_question_is_learned_from_and_chosen_by() -> None:
    halves = halved(asked(501))
    assert not {q.id for q in halves.train} & {q.id for q in halves.validation}
    assert (len(halves.train), len(halves.validation)) == (251, MOST_VALIDATED)
