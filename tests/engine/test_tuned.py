"""Overlays with what optimisation worded: instructions in the overlay, demos in the state beside it."""

from __future__ import annotations

import json
from pathlib import Path

import dspy
import pytest

from ragkit.components.catalogue import Catalogue
from ragkit.engine import Pipeline
from ragkit.engine.module import PipelineModule
from ragkit.errors import LMError, SpecError
from ragkit.spec.load import load
from ragkit.testing import ScriptedLM, in_process
from tests.engine.lm_parts import EVERYWHERE, MODEL, everywhere


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "it.yaml"
    path.write_text(EVERYWHERE.lstrip().replace("name: everywhere\n", ""))
    return path


def plan_of(file: Path, overlay: Path | None = None):
    return load(file, catalogue=Catalogue(), overlay=overlay, env={})


def overlay_for(file: Path, values: dict, state: dict | None = None) -> Path:
    overlay = file.with_name("it.tuned.yaml")
    text = {"version": 1, "pipeline": "it", "hash": plan_of(file).hash, "values": values}
    if state is not None:
        file.with_name("it.tuned.json").write_text(json.dumps(state))
        text["state"] = "it.tuned.json"
    overlay.write_text(json.dumps(text))
    return overlay


def tuned_state(file: Path) -> dict:
    with in_process(MODEL, ScriptedLM([])):
        program = PipelineModule(Pipeline(plan_of(file)))
    program.each.note.demos = [dspy.Example(topic="t", note="a demo")]
    program.each.note.signature = program.each.note.signature.with_instructions("Found for note.")
    program.ask.draft.signature = program.ask.draft.signature.with_instructions("Found for draft.")
    return program.dump_state()


def asked_for(file: Path, overlay: Path) -> tuple[ScriptedLM, Pipeline]:
    lm = ScriptedLM(everywhere)
    with in_process(MODEL, lm):
        loaded = Pipeline(plan_of(file, overlay))
        assert loaded.run("why").answer.text == "from ++"
    return lm, loaded


def test_an_overlay_words_instructions_of_lm_steps_without_marks(file: Path):
    overlay = overlay_for(file, {"ask.draft.instructions": "From the overlay."})
    plan = plan_of(file, overlay)
    assert plan.hash != plan_of(file).hash
    lm, _ = asked_for(file, overlay)
    assert [asked.instructions for asked in lm.requests if asked.wanted == ["draft"]] == ["From the overlay."] * 2


def test_the_state_beside_an_overlay_reaches_the_steps_and_compiled_programs(file: Path):
    overlay = overlay_for(file, {}, tuned_state(file))
    plan = plan_of(file, overlay)
    assert plan.hash != plan_of(file).hash
    assert plan.state in plan.files
    lm, loaded = asked_for(file, overlay)
    notes = [asked for asked in lm.requests if asked.wanted == ["note"]]
    assert all("a demo" in asked.messages[2]["content"] for asked in notes)
    assert {asked.instructions for asked in notes} == {"Found for note."}
    with in_process(MODEL, lm):
        program = PipelineModule(loaded)
    assert program.each.note.demos[0]["note"] == "a demo"
    assert program.ask.draft.signature.instructions == "Found for draft."


def test_instructions_of_the_overlay_stand_above_those_of_the_state(file: Path):
    overlay = overlay_for(file, {"ask.draft.instructions": "By hand."}, tuned_state(file))
    lm, _ = asked_for(file, overlay)
    said = {asked.instructions for asked in lm.requests}
    assert "By hand." in said
    assert "Found for note." in said
    assert "Found for draft." not in said


def test_state_that_does_not_fit_is_refused_when_the_pipeline_is_made(file: Path):
    state = tuned_state(file)
    state["ask.draft"]["step_fields"]["outputs"] = {"draft": "int"}
    del state["kind"]
    overlay = overlay_for(file, {}, state)
    with pytest.raises(LMError) as caught:
        Pipeline(plan_of(file, overlay))
    assert "it has nothing for the LM step 'kind'" in str(caught.value)
    assert "step 'ask.draft': its outputs were draft: int, and the step's are draft: str" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [("{", "is no JSON"), ("[]", "is no JSON object")],
)
def test_state_that_is_no_state_is_refused(file: Path, text: str, said: str):
    overlay = overlay_for(file, {}, {})
    file.with_name("it.tuned.json").write_text(text)
    with pytest.raises(LMError, match=said):
        Pipeline(plan_of(file, overlay))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"state": "it.tunned.json"}, "there is no file 'it.tunned.json' beside the overlay"),
        ({"state": 3}, "'state' is 3"),
        ({"stat": "x"}, "unknown key 'stat' in an overlay"),
        ({"values": {"ask.draft.instruction": "x"}}, "there is no search mark 'ask.draft.instruction'"),
        ({"values": {"notes.instructions": "x"}}, "there is no search mark 'notes.instructions'"),
        ({"values": {"ask.draft.instructions": 3}}, "found 3, expected text that is not empty"),
    ],
)
def test_what_is_wrong_in_an_overlay_is_told(file: Path, change: dict, said: str):
    overlay = overlay_for(file, {}, {})
    overlay.write_text(json.dumps({**json.loads(overlay.read_text()), **change}))
    with pytest.raises(SpecError, match=said):
        plan_of(file, overlay)
