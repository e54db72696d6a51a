"""Levels of a run: a run under a profile says which of its levels it did not keep."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import ragkit
from ragkit.engine.levels import broken_levels, standing
from ragkit.engine.pipeline import Pipeline
from ragkit.errors import UsageError
from ragkit.project import Project
from ragkit.spec.load import load_text
from ragkit.testing import ScriptedLM, in_process
from tests.components_for_tests import CATALOGUE

PIPELINE = """version: 1
name: it
lm: scripted/writer
slo: {fast: [p95_seconds < 60, lm_calls < 1, cost < 1, recall > 0.5], best: [], slow: []}
steps:
  answer: {use: generate.direct, temperature: {choice: [0, 1], default: 0}}
output: answer
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "it.yaml"
    path.write_text(PIPELINE)
    plan = Pipeline.load(path).plan
    for profile, levels in (("fast", [str(level) for level in plan.slo["fast"]]), ("best", [])):
        overlay = f"version: 1\npipeline: it\nhash: '{plan.hash}'\nvalues: {{answer.temperature: 1}}\n"
        path.with_name(f"it.{profile}.yaml").write_text(f"{overlay}profile: {profile}\nlevels: {levels}\n")
    return path


@pytest.fixture(autouse=True)
def lm() -> Any:
    with in_process("scripted/writer", ScriptedLM(lambda asked: {"answer": "Yes."})) as scripted:
        yield scripted


TOLD = "the profile 'fast' promises lm_calls < 1; this run came to 1 lm_calls"


def test_a_run_that_breaks_a_level_says_so_in_result_and_trace(file: Path) -> None:
    loaded = ragkit.load(file, profile="fast")
    result = loaded.run("question?")
    unknown = "the profile 'fast' promises cost < 1; what this run came to is not known"
    assert result.warnings == (TOLD, unknown)
    assert result.document["conditions"]["profile"] == "fast"
    assert result.document["conditions"]["overlay"] == str(file.with_name("it.fast.yaml"))
    assert loaded.store is not None
    stored = loaded.store.get(result.trace_id).trace.result
    assert stored is not None
    assert stored["warnings"] == [TOLD, unknown]


def test_a_profile_uses_its_overlay_and_nothing_does_so_by_itself(file: Path) -> None:
    assert ragkit.load(file, profile="best").plan.choices == {"answer.temperature": 1}
    by_name = ragkit.load(str(file), overlay=str(file.with_name("it.best.yaml")))
    assert by_name.plan.choices == {"answer.temperature": 1}
    plain = ragkit.load(file)
    assert (plain.plan.profile, plain.plan.choices) == (None, {"answer.temperature": 0})
    assert ragkit.load(file).run("question?").warnings == ()
    assert ragkit.load(file, profile="best").run("question?").warnings == ()


def test_profiles_are_listed(file: Path) -> None:
    assert [(p.name, str(p), p.tuned) for p in ragkit.profiles(file)] == [
        ("fast", "p95_seconds < 60, lm_calls < 1, cost < 1, recall > 0.5", True),
        ("best", "no limit", True), ("slow", "no limit", False),
    ]  # fmt: skip


def test_a_profile_and_an_overlay_exclude_each_other(file: Path) -> None:
    with pytest.raises(UsageError, match="exclude each other"):
        ragkit.load(file, profile="fast", overlay=file.with_name("it.best.yaml"))
    with pytest.raises(UsageError, match="has not been tuned"):
        ragkit.load(file, profile="slow", project=Project.around(file))


def test_seconds_are_held_only_where_a_question_has_its_own(tmp_path: Path) -> None:
    text = "version: 1\nslo: {fast: [p95_seconds < 2]}\nsteps: {found: {use: make.passages}}\noutput: found\n"
    plain = load_text(text, "it", base=tmp_path, catalogue=CATALOGUE)
    plan, usage = replace(plain, profile="fast"), {"seconds": 2.345}
    assert list(broken_levels(plan, usage, single=True)) == [
        "the profile 'fast' promises p95_seconds < 2; this run came to 2.35 s"
    ]
    assert list(broken_levels(plan, usage, single=False)) == []
    assert list(broken_levels(plain, usage, single=True)) == []


@pytest.mark.parametrize(
    ("warnings", "standing_"),
    [
        ([], "kept"),
        (["cut", "the profile 'slow' promises cost < 1; this run came to 2 cost"], "kept"),
        (["the profile 'fast' promises cost < 1; what this run came to is not known"], "unknown"),
        (["the profile 'fast' promises cost < 1; what this run came to is not known",
          "the profile 'fast' promises lm_calls < 1; this run came to 2 lm_calls"], "broken"),
    ],
)  # fmt: skip
def test_warnings_say_how_a_run_stands_to_its_profile(warnings: list[str], standing_: str) -> None:
    assert standing("fast", warnings) == standing_
