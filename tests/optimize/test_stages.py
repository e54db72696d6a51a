"""Values and prompts together: the stages in their order, within one budget, and what is kept of each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ragkit.components.catalogue import Catalogue
from ragkit.engine import Pipeline
from ragkit.evaluate.questions import read_questions
from ragkit.optimize.optimize import Optimized, optimize
from ragkit.optimize.studies import Asked, Studies
from ragkit.project import Project
from ragkit.spec.load import load
from ragkit.testing import ScriptedLM, in_process
from tests.optimize.prompt_parts import STEPS, asked, pupil, written

QUESTIONS = asked(60, tune=30)
OPEN = "temperature: {choice: [0.0, 0.7, 1.4], default: 1.4}"
TEXT = "version: 1\nlm: scripted/lm\n" + STEPS.replace('answer: Answer", ', f'answer: Answer", {OPEN}, ')


def cool(knows: Any) -> Any:
    """A pupil who writes wild things when it is asked at a temperature of 1.4."""

    def rule(given: Any) -> Any:
        said = dict(knows(given))
        wild = given.settings.get("temperature") == 1.4 and "answer" in said and given.field("question")
        return (
            {**said, "answer": "who knows"}
            if wild and int(given.field("question").strip("?").split()[-1]) % 3
            else said
        )

    return rule


def run(folder: Path, rule: Any, **more: Any) -> tuple[Optimized, ScriptedLM, list[str]]:
    """An optimisation of the pipeline, as ``ragkit optimize`` runs it."""
    file = written(folder, QUESTIONS, TEXT)
    project, questions = Project.around(file), read_questions(folder / "q.jsonl")
    lm, told = ScriptedLM(rule), []
    with in_process("scripted/lm", lm):
        hash_ = load(file, catalogue=Catalogue(), corpora=project.corpora).hash
        study = Studies(project).new(None, "p")
        given = {
            "name": study.name, "pipeline": str(file), "data": str(questions.path), "hash": hash_,
            "sha256": questions.sha256, "only": None, "maximize": (), "minimize": (), "subject_to": (), "trials": 9,
            "minutes": None, "calls": None, "held_out": 0.5, "seed": 0, "random": False, "out": None, **more,
        }  # fmt: skip
        return optimize(study, Asked(**given), questions, project, tell=told.append), lm, told


@pytest.mark.slow
def test_values_prompts_and_values_again(tmp_path: Path) -> None:
    found, lm, told = run(tmp_path, cool(pupil(QUESTIONS)), optimizer="mipro", calls=4000)
    card = found.card
    assert card["verdict"]["improved"], card["verdict"]["sentence"]
    assert card["values"]["default"] == {"answer.temperature": 1.4}
    assert card["values"]["best"]["answer.temperature"] < 1.4
    assert set(card["prompts"]["steps"]) == {"notes", "answer"}
    assert card["search"]["trials"] == 9, "six before the prompts, three after"
    assert card["spent"]["lm_calls"] == len(lm.requests) <= 4000
    assert any(text.startswith("values once more") for text in told)
    assert set(card["alone"]) == {"notes", "answer"}
    assert card["alone"]["answer"]["mean"] > 0
    overlay = found.overlay
    assert overlay is not None
    text = overlay.read_text("utf-8")
    assert "answer.temperature: 0" in text
    assert 'state: "p.tuned.state.json"' in text
    page = found.page.read_text("utf-8")
    assert "## What each step's changes give alone" in page
    assert "## Prompts" in page
    with in_process("scripted/lm", lm), Pipeline.load(tmp_path / "p.yaml", overlay=overlay, store=False) as tuned:
        before = len(lm.requests)
        assert tuned.run(QUESTIONS[-1].question).answer.text == QUESTIONS[-1].answers[0]  # type: ignore[union-attr]
    for path, change in card["prompts"]["steps"].items():
        one = next(one for one in lm.requests[before:] if one.wanted == [path])
        assert len(one.messages) == 2 + 2 * change["demos"]
        assert change["after"] is None or one.instructions == change["after"].strip()
    temperatures = {one.settings.get("temperature") for one in lm.requests[before:] if one.wanted == ["answer"]}
    assert temperatures == {card["values"]["best"]["answer.temperature"]}


def test_prompts_that_cannot_be_paid_leave_the_values(tmp_path: Path) -> None:
    found, _, told = run(tmp_path, cool(pupil(QUESTIONS)), optimizer="mipro", calls=450, trials=4)
    assert any(text.startswith("prompts are left out: ") for text in told)
    assert found.card["prompts"] is None
    assert found.card["search"]["trials"] >= 2
