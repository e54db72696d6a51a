"""What a branch makes of questions: a failure is told and counts as wrong, and a dead LM says nothing of any branch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ragkit.components.catalogue import Catalogue
from ragkit.errors import StepError
from ragkit.evaluate.progress import Progress
from ragkit.evaluate.questions import Question
from ragkit.project import Project
from ragkit.spec.load import load
from ragkit.testing import Fault, ScriptedLM, in_process
from ragkit.train.examples import Lesson
from ragkit.train.outcomes import Outcomes, run_ways

TEXT = """version: 1
lms: {it: {model: scripted/lm, retries: 0}}
lm: it
steps:
  answer: {use: lm.predict, signature: "question -> answer: Answer"}
output: answer
"""
QUESTIONS = [Question(f"q{number}", f"What is {number}?", answers=(f"number {number}",)) for number in range(6)]


def outcomes(folder: Path, rule: Any, told: list[Progress]) -> Outcomes:
    file = folder / "p.yaml"
    file.write_text(TEXT, "utf-8")
    with in_process("scripted/lm", ScriptedLM(rule)):
        project = Project.around(file)
        plan = load(file, catalogue=Catalogue(), corpora=project.corpora)
        return run_ways(Lesson(plan, plan.root.steps[0], project), {"asked": {}}, QUESTIONS, told.append)


def _right(asked: Any) -> Any:
    return {"answer": f"number {asked.field('question').split()[-1].strip('?')}"}


def test_a_question_that_fails_is_wrong_and_told(tmp_path: Path) -> None:
    told: list[Progress] = []
    found = outcomes(tmp_path, lambda asked: Fault("bad_request") if "3" in asked.last else _right(asked), told)
    assert found.right("asked") == [True, True, True, False, True, True]
    assert "1 of 6 questions failed there and count as wrong; the first: " in told[-1].message


@pytest.mark.parametrize("fault", ["connection", "bad_request"])
def test_where_all_fail_or_nobody_answers_nothing_is_learned(fault: Any, tmp_path: Path) -> None:
    with pytest.raises(StepError):
        outcomes(tmp_path, lambda asked: Fault(fault), [])


def test_an_lm_that_dies_on_the_way_makes_no_branch_wrong(tmp_path: Path) -> None:
    with pytest.raises(StepError):
        outcomes(tmp_path, lambda asked: Fault("connection") if "5" in asked.last else _right(asked), [])
