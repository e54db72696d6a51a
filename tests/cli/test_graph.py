"""``ragkit graph`` draws every shipped pipeline in every form, also where no LM is set."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT

PIPELINES = sorted(path for path in (ROOT / "pipelines").rglob("*.yaml") if "trained" not in path.parts)


@pytest.fixture(autouse=True)
def without_an_lm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAGKIT_LM", raising=False)


@pytest.mark.parametrize("pipeline", PIPELINES, ids=lambda path: path.stem)
def test_a_shipped_pipeline_is_drawn(ragkit, pipeline: Path) -> None:
    done = ragkit("graph", pipeline, "--format", "svg")
    assert done.exit_code == 0, done.output
    assert ET.fromstring(done.stdout).tag == "{http://www.w3.org/2000/svg}svg"
    assert done.stderr == "" or done.stderr.startswith("note: drawn as it is with an LM, which is not set;")


def test_a_pipeline_that_lacks_an_lm_is_drawn_as_with_one(ragkit) -> None:
    pipeline = ROOT / "pipelines" / "self-check.yaml"
    done = ragkit("graph", pipeline)
    assert done.exit_code == 0, done.output
    assert "draft" in done.stdout
    assert "generate.answer" in done.stdout
    assert "without one it does not run: steps.ask.steps.draft, steps.ask.steps.check" in done.stderr
    shown = json.loads(ragkit("graph", pipeline, "-f", "json").stdout)
    assert "none/set" in json.dumps(shown)


def test_a_pipeline_with_another_mistake_is_not_drawn(ragkit, folder: Path) -> None:
    steps = "{answer: {use: generate.direct}, kept: {use: select.topk}}"
    (folder / "wrong.yaml").write_text(f"version: 1\nname: wrong\nsteps: {steps}\noutput: answer\n")
    done = ragkit("graph", "wrong.yaml")
    assert done.exit_code == 2
    assert done.stdout == ""
    assert "select.topk" in done.stderr
    assert "drawn" not in done.stderr
