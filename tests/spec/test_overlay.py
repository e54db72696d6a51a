"""Overlays: values for search marks, laid over the pipeline that they were found for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ragkit.errors import SpecError
from ragkit.spec.load import load
from ragkit.spec.plan import Plan
from tests.components_for_tests import CATALOGUE
from tests.spec.compiling import steps_of

PIPELINE = """version: 1
name: searched
steps:
  found: {use: make.passages, n: {choice: [3, 5], default: 3}}
  few:
    use: select.top
    passages: found
    k: {range: [1, 9], default: 2}
    enabled: {choice: [true, false], default: true}
output: few
"""


@pytest.fixture
def pipeline(tmp_path: Path) -> Path:
    path = tmp_path / "searched.yaml"
    path.write_text(PIPELINE)
    return path


def plan(pipeline: Path, **options: Any) -> Plan:
    return load(pipeline, catalogue=CATALOGUE, env={}, **options)


def overlay(file: Path, /, **changes: str) -> Path:
    given = {"version": "1", "pipeline": "searched", "hash": f'"{plan(file).hash}"', "values": "{found.n: 5}"} | changes
    path = file.parent / "best.yaml"
    path.write_text("".join(f"{key}: {value}\n" for key, value in given.items() if value))
    return path


def test_its_values_take_the_place_of_the_defaults(pipeline: Path) -> None:
    found = plan(pipeline, overlay=overlay(pipeline, values="{found.n: 5, few.k: 7}"))
    assert steps_of(found)["found"].params.n == 5
    assert steps_of(found)["few"].params.k == 7
    assert found.choices == {"found.n": 5, "few.k": 7, "few.enabled": True}
    assert found.hash != plan(pipeline).hash


def test_choices_win_over_it(pipeline: Path) -> None:
    found = plan(pipeline, overlay=overlay(pipeline), choices={"found.n": 3, "few.enabled": False})
    assert steps_of(found)["found"].params.n == 3
    assert "few" not in steps_of(found)


def findings(pipeline: Path, path: Path, **options: Any) -> list[str]:
    with pytest.raises(SpecError) as caught:
        plan(pipeline, overlay=path, **options)
    for finding in caught.value.diagnostics:
        assert finding.file == str(path)
        assert finding.line > 0
        assert finding.source_line
    return [finding.code for finding in caught.value.diagnostics]


def test_one_that_was_made_for_an_earlier_state_is_stale(pipeline: Path) -> None:
    path = overlay(pipeline)
    pipeline.write_text(PIPELINE.replace("default: 2", "default: 4"))
    assert findings(pipeline, path) == ["stale-overlay"]


def test_a_comment_in_the_pipeline_does_not_make_it_stale(pipeline: Path) -> None:
    path = overlay(pipeline)
    pipeline.write_text(f"# a comment\n{PIPELINE}")
    assert steps_of(plan(pipeline, overlay=path))["found"].params.n == 5


def test_one_of_another_pipeline_is_refused(pipeline: Path) -> None:
    assert findings(pipeline, overlay(pipeline, pipeline="other")) == ["stale-overlay"]


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"values": "{found.n: 4}"}, ["mark-value"]),
        ({"values": "{found.m: 5}"}, ["unknown-mark"]),
        ({"values": "{found.n: 4, few.k: 10, x.y: 1}"}, ["mark-value", "mark-value", "unknown-mark"]),
        ({"values": "[1]"}, ["type"]),
        ({"values": ""}, ["missing-key"]),
        ({"hash": ""}, ["missing-key"]),
        ({"hash": "[]"}, ["type"]),
        ({"version": "2"}, ["version"]),
        ({"version": "true"}, ["version"]),
        ({"value": "{found.n: 5}"}, ["unknown-key"]),
    ],
)
def test_what_is_wrong_with_it_is_told_at_its_place(pipeline: Path, changes: dict[str, str], codes: list[str]) -> None:
    assert sorted(findings(pipeline, overlay(pipeline, **changes))) == codes


def test_all_wrong_values_are_told_at_once_with_what_is_allowed(pipeline: Path) -> None:
    with pytest.raises(SpecError) as caught:
        plan(pipeline, overlay=overlay(pipeline, values="{found.n: 4, few.k: 10}"))
    assert [finding.allowed for finding in caught.value.diagnostics] == ["3, 5", "whole numbers from 1 to 9"]


def test_one_that_is_not_there_is_told(pipeline: Path) -> None:
    with pytest.raises(SpecError) as caught:
        plan(pipeline, overlay=pipeline.parent / "none.yaml")
    assert caught.value.diagnostics[0].file.endswith("none.yaml")


def test_errors_of_the_pipeline_are_told_whatever_the_overlay_says(pipeline: Path) -> None:
    path = overlay(pipeline)
    pipeline.write_text(PIPELINE.replace("make.passages", "make.pasages"))
    with pytest.raises(SpecError) as caught:
        plan(pipeline, overlay=path)
    assert [finding.code for finding in caught.value.diagnostics] == ["unknown-component"]


SLO = "slo: {small: ['context_tokens < 100'], best: []}\n"


def test_one_that_was_made_for_a_profile_is_laid_over_with_it(pipeline: Path) -> None:
    pipeline.write_text(SLO + PIPELINE)
    found = plan(pipeline, overlay=overlay(pipeline, profile="small", levels='["context_tokens < 100"]'))
    assert found.profile == "small"
    assert plan(pipeline, overlay=overlay(pipeline, profile="best", levels="[]")).profile == "best"
    assert plan(pipeline, overlay=overlay(pipeline)).profile is None


@pytest.mark.parametrize(
    ("slo", "said"),
    [
        ("slo: {small: ['context_tokens < 50']}\n", "made for context_tokens < 100, and the profile 'small' promises"),
        ("slo: {small: []}\n", "promises nothing since; optimize it again"),
        ("slo: {tiny: ['context_tokens < 100']}\n", "the profile 'small', which the pipeline does not name any more"),
        ("", "the profile 'small', which the pipeline does not name any more"),
    ],
)
def test_one_that_was_made_for_other_levels_is_stale(pipeline: Path, slo: str, said: str) -> None:
    path = overlay(pipeline, profile="small", levels='["context_tokens < 100"]')
    pipeline.write_text(slo + PIPELINE)
    with pytest.raises(SpecError) as caught:
        plan(pipeline, overlay=path)
    (finding,) = caught.value.diagnostics
    assert finding.code == "stale-overlay"
    assert said in finding.message


@pytest.mark.parametrize("given", [{"profile": "[a]"}, {"levels": "many"}, {"levels": "[many]"}, {"levels": "[1]"}])
def test_a_profile_or_levels_that_are_none_are_refused(pipeline: Path, given: dict[str, str]) -> None:
    assert findings(pipeline, overlay(pipeline, **given)) == ["type"]
