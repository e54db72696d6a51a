"""A judge over real HTTP that dies inside an optimiser of DSPy: the study ends with its cause, counted, and goes on."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from ragkit.components.catalogue import Catalogue
from ragkit.errors import EvaluationError
from ragkit.evaluate.questions import read_questions
from ragkit.optimize.optimize import Optimized, optimize
from ragkit.optimize.studies import Asked, Studies
from ragkit.project import Project
from ragkit.spec.load import load
from ragkit.testing import ChatServer, Fault
from tests.optimize.prompt_parts import asked, pupil, written
from tests.optimize.test_judged import by_words

QUESTIONS = asked(40, tune=20)
TEXT = """version: 1
lms:
  it: {{model: openai/any, api_base: "{lm}", retries: 0}}
  strict: {{model: openai/judge, api_base: "{judge}", temperature: 0.0, retries: 0, timeout: 60}}
lm: it
steps:
  answer: {{use: lm.predict, signature: "question -> answer: Answer"}}
output: answer
objective: {{maximize: answer_judged}}
"""


def run(folder: Path, lm: ChatServer, judge: ChatServer, optimizer: Any, told: list[str]) -> Optimized:
    file = written(folder, QUESTIONS, TEXT.format(lm=lm.api_base, judge=judge.api_base))
    project, questions = Project.around(file), read_questions(folder / "q.jsonl")
    hash_ = load(file, catalogue=Catalogue(), corpora=project.corpora).hash
    given = Asked(
        "it", str(file), str(questions.path), hash_, questions.sha256, "prompts", (), (), (), 6, None, 600, 0.5, 0,
        False, None, optimizer, judge="strict",
    )  # fmt: skip
    study = Studies(project)
    opened = study.open("it") if (project.state / "studies" / "it").exists() else study.new("it", "p")
    return optimize(opened, given, questions, project, force=True, tell=told.append)


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["bootstrap-rs", "gepa", "simba"])
@pytest.mark.parametrize("dies", [0, 10])
def test_a_judge_that_dies_ends_the_study_which_goes_on_when_it_is_back(
    optimizer: Any, dies: int, tmp_path: Path
) -> None:
    count, alive = itertools.count(), [False]
    faults = itertools.cycle(("server", "connection", "garbage", "half", "empty"))

    def mortal(given: Any) -> Any:
        if alive[0] or next(count) < 20 + dies:  # the pipeline as it is, judged on every question, comes before
            return by_words(given)
        return Fault(next(faults))  # type: ignore[arg-type]

    told: list[str] = []
    with ChatServer(pupil(QUESTIONS)) as lm, ChatServer(mortal) as judge:
        with pytest.raises(EvaluationError, match="the judge gives no verdict") as caught:
            run(tmp_path, lm, judge, optimizer, told)
        assert "ragkit study resume it" in (caught.value.hint or "")
        alive[0] = True
        card = run(tmp_path, lm, judge, optimizer, told).card
        assert card["verdict"]["improved"], card["verdict"]["sentence"]
        assert card["prompts"]["stopped"] is None
        assert card["spent"]["lm_calls"] == len(lm.seen) + len(judge.seen) <= 600
        assert card["prompts"]["unjudged"] == 0
