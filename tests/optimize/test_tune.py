"""The prompt stage with every optimiser: what is there to be found is found, on questions that it did not see too."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ragkit.optimize.objective import Objective
from ragkit.optimize.prompts.optimizers.choice import OPTIMIZERS as CLASSES
from ragkit.optimize.prompts.optimizers.optimizer import Size
from ragkit.optimize.prompts.tune import Asked, Tuned, tune
from ragkit.optimize.variant import Variant
from ragkit.optimize.verdict import Verdict, judge
from tests.optimize.prompt_parts import OPTIMIZERS, asked, benched, pupil

CORRECT = Objective("correct")
QUESTIONS = asked(64)
TUNE, REPORT = QUESTIONS[:24], QUESTIONS[24:]


def cheap(name: str) -> int:
    """The requests that cheap settings of an optimiser take at most, with two steps and 24 questions."""
    optimizer = CLASSES[name]()
    most = optimizer.most(Size(12, 12, 2), optimizer.levels[-2:][0])
    return most.requests(2) + 2 * 12 + 2 * 24


def tuned(folder: Path, name: Any, seed: int, **skill: Any) -> tuple[Tuned, Verdict, int]:
    """A stage with cheap settings, judged on questions that it never saw; and the requests that were sent."""
    tuning = random.Random(seed).sample(TUNE, len(TUNE))
    with benched(folder, QUESTIONS, pupil(QUESTIONS, **skill)) as (bench, lm):
        found = tune(bench, {}, tuning, CORRECT, Asked(name, calls=cheap(name), seed=seed))
        sent = len(lm.requests)
        default = Variant({})
        verdict = judge(bench, CORRECT, REPORT, default, replace(default, prompts=found.prompts), None)
        return found, verdict, sent


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_each_finds_what_helps_on_questions_that_it_never_saw(name: str, seed: int, tmp_path: Path) -> None:
    found, verdict, sent = tuned(tmp_path, name, seed)
    assert verdict.improved, verdict.sentence
    assert verdict.figures["gain"]["low"] > 0
    assert found.prompts is not None
    record = found.record
    assert record["spent"]["lm_calls"] == sent, "every request is counted, and nothing else"
    assert record["spent"]["lm_calls"] <= cheap(name)
    assert record["runs"] <= record["most"]["runs"]
    assert record["proposals"]["lm_calls"] <= record["most"]["proposals"]
    told = any(found.prompts.instructions[path] != record["before"][path] for path in found.prompts.steps)
    shown = any(found.prompts.demos.values())
    assert (told or "instructions" not in record["finds"]) or shown
    assert "demos" in record["finds"] or not shown
    assert "lm" not in str(found.prompts.steps[next(iter(found.prompts.steps))].get("lm") or "")


@pytest.mark.slow
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_where_nothing_helps_no_improvement_is_told(name: str, tmp_path: Path) -> None:
    """Every wording gets other questions right, by chance: some look better, and on new questions they are not."""
    looked_better = 0
    for seed in range(5):
        found, verdict, _ = tuned(tmp_path / str(seed), name, seed, told=0.0, shown=0.0, mood=1.0)
        assert not verdict.improved, (seed, verdict.sentence)
        assert verdict.sentence.startswith("no improvement")
        looked_better += found.prompts is not None
    assert looked_better >= 1


@pytest.mark.slow
def test_a_strategy_of_ones_own_is_run_part_by_part(tmp_path: Path) -> None:
    with benched(tmp_path, QUESTIONS, pupil(QUESTIONS)) as (bench, lm):
        asked_ = Asked("better-together", calls=900, strategy="bootstrap -> gepa -> copro")
        found = tune(bench, {}, TUNE, CORRECT, asked_)
        assert found.record["spent"]["lm_calls"] == len(lm.requests) <= 900
    assert found.record["stopped"] is None
    assert found.prompts is not None
    assert found.record["validation"]["best"] == 1.0
