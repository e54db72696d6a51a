"""What each step's changes give alone."""

from __future__ import annotations

from pathlib import Path

from ragkit.components.catalogue import Catalogue
from ragkit.engine.module import PipelineModule
from ragkit.optimize.alone import changing_steps, gains_alone, step_of
from ragkit.optimize.objective import Objective
from ragkit.optimize.prompts.prompts import Prompts
from ragkit.optimize.variant import Variant
from ragkit.spec.load import load_text
from tests.optimize.prompt_parts import TWO_STEPS, asked, benched, pupil

QUESTIONS = asked(40)
CORRECT = Objective("correct")


def test_each_step_by_itself_where_more_than_one_changed(tmp_path: Path) -> None:
    with benched(tmp_path, QUESTIONS, pupil(QUESTIONS)) as (bench, lm):
        state = PipelineModule(bench.pipeline({})).dump_state()
        advice = pupil(QUESTIONS).advice
        told = {
            path: {**part, "signature": {**part["signature"], "instructions": advice}} for path, part in state.items()
        }
        one = Variant({}, Prompts({"notes": told["notes"]}))
        assert gains_alone(bench, CORRECT, QUESTIONS, Variant({}), one) == {}
        assert not lm.requests, "the gain of the only step is the whole"
        both = Variant({}, Prompts(told))
        found = gains_alone(bench, CORRECT, QUESTIONS, Variant({}), both)
        default, best = (CORRECT.value(bench.rows({}, QUESTIONS, side)) for side in (None, both.prompts))
    assert set(found) == {"notes", "answer"}
    assert best == 1.0
    assert all(0 < gain["mean"] < best - default and gain["n"] == 40 for gain in found.values())


def test_marks_belong_to_their_steps() -> None:
    steps = {"found", "kept", "ask.draft", "ask"}
    names = ("found.k", "kept.use", "kept.few.k", "kept.enabled", "ask.draft.temperature")
    assert [step_of(name, steps) for name in names] == ["found", "kept", "kept", "kept", "ask.draft"]


def test_which_steps_can_change() -> None:
    plan = load_text(TWO_STEPS, "p.yaml", base=Path(), catalogue=Catalogue(), env={})
    assert changing_steps(plan, True, True) == {"notes", "answer"}
    assert changing_steps(plan, True, False) == set()
