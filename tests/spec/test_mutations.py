"""Whatever a person or a merge makes of a file: findings or a plan, and a plan that runs."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from ragkit.engine import Pipeline
from ragkit.spec.load import check_text
from tests.components_for_tests import CATALOGUE
from tests.spec.compiling import GOOD
from tests.spec.mutations import mutated

BROKEN = Path(__file__).parent / "broken"
GOOD_ONES = sorted(GOOD.glob("*.yaml"))
UNREADABLE = ("lex-", "newcomer-no-cascade")
"""How the names of files begin that are no YAML, or whose keys are no texts."""
ALL = [*GOOD_ONES, *(file for file in sorted(BROKEN.glob("*.yaml")) if not file.name.startswith(UNREADABLE))]


def document(file: Path) -> Any:
    return YAML(typ="safe").load(file.read_text(encoding="utf-8"))


@pytest.mark.slow
@pytest.mark.parametrize("file", ALL, ids=lambda file: file.stem)
def test_a_changed_file_has_findings_or_a_plan(file: Path) -> None:
    original = document(file)
    for seed in range(8):
        source = random.Random(f"{file.stem} {seed}")
        text = json.dumps(mutated(original, source, source.randint(1, 4)))
        plan, findings = check_text(text, "self.yaml", base=file.parent, catalogue=CATALOGUE, env={})
        assert (plan is None) == bool(findings), text
        for finding in findings:
            assert finding.line > 0, text
            assert finding.render()


@pytest.mark.slow
@pytest.mark.parametrize("file", GOOD_ONES, ids=lambda file: file.stem)
def test_a_changed_file_with_a_plan_runs_and_its_output_is_there(file: Path) -> None:
    original = document(file)
    left = 6
    for seed in range(400):
        if not left:
            break
        source = random.Random(f"{file.stem} {seed}")
        text = json.dumps(mutated(original, source, 1)).replace("make.indexed", "make.passages")
        plan, _ = check_text(text, "self.yaml", base=file.parent, catalogue=CATALOGUE, env={})
        if plan is None:
            continue
        left -= 1
        pipeline = Pipeline(plan)
        inputs = {name: "given" for name, kind in plan.root.inputs if kind.name == "str" and name != "question"}
        for question in ("none of it", "multi x", "x"):
            result = pipeline.run(question, inputs=inputs).document
            assert result["error"] is None, (text, result["error"])
            if "answer" in plan.root.output:
                assert result["answer"] is not None, text
    assert not left
