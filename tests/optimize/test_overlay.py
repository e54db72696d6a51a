"""Overlays as they are written: every instruction reads back as it was, and states are those of the steps."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragkit.components.catalogue import Catalogue
from ragkit.engine import Pipeline
from ragkit.engine.module import PipelineModule
from ragkit.errors import UsageError
from ragkit.optimize.overlay import overlay_text, write_overlay
from ragkit.optimize.prompts.prompts import Prompts
from ragkit.optimize.variant import Variant
from ragkit.spec.load import load, load_text
from tests.engine.lm_parts import EVERYWHERE, PATHS, everywhere
from tests.optimize.prompt_parts import TWO_STEPS, asked, benched, pupil

PLAN = load_text(TWO_STEPS, "p.yaml", base=Path(), catalogue=Catalogue(), env={})
TEXTS = st.text(st.characters(codec="utf-8") | st.sampled_from("\n$ \t#:-'\"{}|>"))


@settings(max_examples=40)
@given(TEXTS.filter(lambda text: text.strip()))
def test_instructions_read_back_as_they_were(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("overlay")
    (folder / "p.yaml").write_text(TWO_STEPS, encoding="utf-8")
    overlay = folder / "o.yaml"
    overlay.write_text(overlay_text(PLAN, {}, "Found.", {"notes": text}), encoding="utf-8")
    plan = load(folder / "p.yaml", catalogue=Catalogue(), overlay=overlay, env={})
    assert plan.root.steps[0].params.instructions == inspect.cleandoc(text)


def test_lines_stand_in_a_block_that_a_person_can_read() -> None:
    text = overlay_text(PLAN, {}, "Found.", {"notes": 'Look twice.\n\n- It costs $5: "true" # no comment'})
    assert text.endswith(
        'values:\n  notes.instructions: |-\n    Look twice.\n\n    - It costs $$5: "true" # no comment\n'
    )


def test_the_state_is_written_beside_it_only_where_there_are_demos(tmp_path: Path) -> None:
    questions = asked(4)
    with benched(tmp_path, questions, pupil(questions)) as (bench, _):
        plan = bench.plan({})
        state = PipelineModule(bench.pipeline({})).dump_state()
        told = {**state["notes"], "signature": {**state["notes"]["signature"], "instructions": "Look."}}
        shown = {**state["answer"], "demos": [{"question": "q", "notes": "n", "answer": "a"}]}
        out = tmp_path / "p.tuned.yaml"
        write_overlay(out, bench, plan, Variant({}, Prompts({"notes": told})), "Found.", False)
        assert not out.with_suffix(".state.json").exists()
        assert "state:" not in out.read_text("utf-8")
        with pytest.raises(UsageError, match="is there already"):
            write_overlay(out, bench, plan, Variant({}, Prompts({"notes": told})), "Found.", False)
        write_overlay(out, bench, plan, Variant({}, Prompts({"notes": told, "answer": shown})), "Found.", True)
    saved = json.loads(out.with_suffix(".state.json").read_text("utf-8"))
    assert set(saved) == {"notes", "answer"}
    assert [saved["notes"]["signature"]["instructions"], saved["answer"]["demos"]] == ["Look.", shown["demos"]]
    loaded = load(tmp_path / "p.yaml", catalogue=Catalogue(), overlay=out, env={})
    assert loaded.state == out.with_suffix(".state.json")
    assert loaded.root.steps[0].params.instructions == "Look."
    assert loaded.root.steps[1].params.instructions is None, "it is told what it was told before"


def test_steps_inside_routes_maps_and_loops_are_told_and_shown(tmp_path: Path) -> None:
    questions = asked(2)
    with benched(tmp_path, questions, everywhere, EVERYWHERE) as (bench, lm):
        state = PipelineModule(bench.pipeline({})).dump_state()
        assert list(state) == PATHS
        found = {}
        for path, part in state.items():
            fields = [*part["step_fields"]["inputs"], *part["step_fields"]["outputs"]]
            demo = {name: ["one"] if name == "topics" else "short" for name in fields}
            found[path] = {
                **part, "demos": [demo], "signature": {**part["signature"], "instructions": f"You are {path}."},
            }  # fmt: skip
        out = tmp_path / "p.tuned.yaml"
        write_overlay(out, bench, bench.plan({}), Variant({}, Prompts(found)), "Found.", False)
        with Pipeline.load(tmp_path / "p.yaml", overlay=out, store=False) as tuned:
            lm.requests.clear()
            for question in ("short why", "why"):
                assert tuned.run(question).error is None
        told = {one.instructions for one in lm.requests}
        assert told == {f"You are {path}." for path in PATHS}
        assert {len(one.messages) for one in lm.requests} == {4}, "each with its demo"
